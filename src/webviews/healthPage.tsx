import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { HealthView } from "../panels/protocol.ts";
import type { ChartHistory } from "./chartHistory.ts";
import { GpuCards } from "./gpuCards.tsx";
import { History } from "./history.tsx";
import { usePage } from "./pageContext.ts";
import { Problems } from "./problems.tsx";
import { restoreHealthState, type HealthState } from "./savedState.ts";
import { useScroll } from "./scroll.ts";
import { isStale } from "./staleness.tsx";
import { StatusLine } from "./statusLine.tsx";
import { Details, Processes } from "./tables.tsx";

interface HealthPageProps {
  readonly view: HealthView;
  readonly history: ChartHistory | undefined;
}

/** One host: what is wrong, what its GPUs do, who uses them. */
export function HealthPage({ view, history }: HealthPageProps): JSX.Element {
  const { host } = usePage();
  const [state, setState] = useState<HealthState>(() => restoreHealthState(host.savedState));
  const saved = useMemo(() => ({ ...state, environmentId: view.environmentId }), [state, view.environmentId]);
  useEffect(() => host.save(saved), [saved]);
  const change = (part: Partial<HealthState>): void => setState((before) => ({ ...before, ...part }));
  useScroll(state.scroll, (scroll) => change({ scroll }));
  // A host that has never been read would be a column of empty sections.
  const isKnown = view.gpus.length > 0 || history !== undefined || view.details.columns.length > 0;
  return (
    <>
      <Header view={view} />
      <Problems view={view} />
      <GpuCards gpus={view.gpus} status={view.status} history={history} />
      {isKnown ? (
        <>
          <History history={history} gpus={view.gpus} state={state} change={change} />
          <Processes processes={view.processes} isStale={isStale(view.status)} />
          <Details details={view.details} />
        </>
      ) : null}
    </>
  );
}

function Header({ view }: { readonly view: HealthView }): JSX.Element {
  const { host, texts } = usePage();
  return (
    <header class="page-header">
      <div class="title">
        <h1>{view.name}</h1>
        <p class="origin">{view.origin}</p>
        <StatusLine status={view.status} />
      </div>
      <div class="actions">
        {view.actions.map(({ action, text, primary }) => (
          <button
            key={action}
            type="button"
            class={primary ? "primary" : "secondary"}
            onClick={() => host.post({ type: "action", action })}
          >
            {text}
          </button>
        ))}
        <button type="button" class="secondary" onClick={() => host.post({ type: "show-fleet" })}>
          {texts.labels.showFleet}
        </button>
      </div>
    </header>
  );
}
