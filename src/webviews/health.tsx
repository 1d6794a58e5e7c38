import "uplot/dist/uPlot.min.css";
import "./health.css";
import { render, type JSX } from "preact";
import { useEffect, useMemo, useReducer } from "preact/hooks";
import { FleetPage } from "./fleetPage.tsx";
import { HealthPage } from "./healthPage.tsx";
import { connect, type Host } from "./host.ts";
import { NOTHING_YET, receive } from "./known.ts";
import { Page } from "./pageContext.ts";
import { createTexts } from "./texts.ts";

/** Which of the two pages the shell asks for: they share this bundle. */
const isFleet = document.body.dataset["page"] === "fleet";

type Dispatch = (message: Parameters<typeof receive>[1]) => void;

let dispatch: Dispatch | undefined;
const host = connect((message) => dispatch?.(message));
const root = document.getElementById("root");
if (root) render(<App host={host} />, root);

function App({ host }: { readonly host: Host }): JSX.Element | null {
  const [known, onMessage] = useReducer(receive, NOTHING_YET);
  useEffect(() => {
    dispatch = onMessage;
    host.post({ type: "ready" });
  }, []);
  const { labels, locale, clockOffsetMs, health, history, fleet } = known;
  const context = useMemo(() => {
    return labels === undefined ? undefined : { host, texts: createTexts(labels, locale), locale, clockOffsetMs };
  }, [labels, locale, clockOffsetMs]);
  if (context === undefined) return null;
  return (
    <Page.Provider value={context}>
      {isFleet && fleet !== undefined ? <FleetPage tiles={fleet.tiles} rows={fleet.rows} /> : null}
      {!isFleet && health !== undefined ? <HealthPage view={health} history={history} /> : null}
    </Page.Provider>
  );
}
