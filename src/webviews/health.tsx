import "uplot/dist/uPlot.min.css";
import "./health.css";
import { render, type JSX } from "preact";
import { useMemo } from "preact/hooks";
import { FleetPage } from "./fleetPage.tsx";
import { HealthPage } from "./healthPage.tsx";
import { connect, type Host } from "./host.ts";
import { NOTHING_YET, receive, type Known } from "./known.ts";
import { Page } from "./pageContext.ts";
import { createTexts } from "./texts.ts";
import type { Labels } from "../panels/protocol.ts";

/** Which of the two pages the shell asks for: they share this bundle. */
const isFleet = document.body.dataset["page"] === "fleet";

let known = NOTHING_YET;
let isDrawn = false;
const root = document.getElementById("root");
const host = connect((message) => {
  known = receive(known, message);
  if (root) draw(root);
});
host.post({ type: "ready" });

/** The shell says that it is loading until there is something to show. */
function draw(element: HTMLElement): void {
  if (known.labels === undefined || (isFleet ? known.fleet : known.health) === undefined) return;
  if (!isDrawn) element.replaceChildren();
  isDrawn = true;
  render(<App host={host} known={known} labels={known.labels} />, element);
}

interface AppProps {
  readonly host: Host;
  readonly known: Known;
  readonly labels: Labels;
}

function App({ host, known, labels }: AppProps): JSX.Element {
  const { locale, clockOffsetMs, health, history, fleet } = known;
  const context = useMemo(
    () => ({ host, texts: createTexts(labels, locale), locale, clockOffsetMs }),
    [labels, locale, clockOffsetMs],
  );
  return (
    <Page.Provider value={context}>
      {isFleet && fleet !== undefined ? <FleetPage {...fleet} /> : null}
      {!isFleet && health !== undefined ? <HealthPage view={health} history={history} /> : null}
    </Page.Provider>
  );
}
