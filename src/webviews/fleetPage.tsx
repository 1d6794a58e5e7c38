import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Tile } from "../panels/protocol.ts";
import { FleetTable } from "./fleetTable.tsx";
import type { Fleet } from "./known.ts";
import { Icon } from "./icon.tsx";
import { usePage, useTexts } from "./pageContext.ts";
import { useRowOrder } from "./rowOrder.ts";
import { restoreFleetState, type FleetState } from "./savedState.ts";
import { useScroll } from "./scroll.ts";
import { fill } from "./texts.ts";

/** Rows drawn and continually read at a time; a thousand hosts are twenty such pages. */
const PAGE_ROWS = 50;

/** All hosts, those that need a person first. */
export function FleetPage({ tiles, rows, isListing }: Fleet): JSX.Element {
  const { host, texts } = usePage();
  const [state, setState] = useState<FleetState>(() => restoreFleetState(host.savedState));
  useEffect(() => host.save(state), [state]);
  const change = (part: Partial<FleetState>): void => setState((before) => ({ ...before, ...part }));
  useScroll(state.scroll, (scroll) => change({ scroll }));
  const { ids: order, attention } = useRowOrder(rows, state);
  const page = Math.min(state.page, Math.max(0, Math.ceil(order.length / PAGE_ROWS) - 1));
  const ids = order.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
  const shown = ids.flatMap((id) => rows.get(id) ?? []);
  useEffect(() => host.post({ type: "shown", environmentIds: ids }), [JSON.stringify([...ids].sort())]);
  return (
    <>
      <h1>{texts.labels.fleet}</h1>
      {isListing && rows.size === 0 ? null : <Tiles tiles={tiles} />}
      {rows.size === 0 ? <Empty isListing={isListing} /> : null}
      {rows.size === 0 ? null : <Filter filter={state.filter} change={change} />}
      {rows.size > 0 && order.length === 0 ? <p class="empty">{fill(texts.labels.noMatch, state.filter)}</p> : null}
      {shown.length === 0 ? null : <FleetTable rows={shown} state={state} change={change} attention={attention} />}
      {order.length > PAGE_ROWS ? <Pager page={page} count={order.length} change={change} /> : null}
    </>
  );
}

function Empty({ isListing }: Pick<Fleet, "isListing">): JSX.Element {
  const { labels } = useTexts();
  return (
    <p class="empty" role="status">
      {isListing ? labels.loading : labels.noHosts}
    </p>
  );
}

function Tiles({ tiles }: { readonly tiles: readonly Tile[] }): JSX.Element {
  const { integer } = useTexts();
  return (
    <dl class="tiles">
      {tiles.map(({ label, value, of, tone }) => (
        <div key={label} class={`tile tone-${tone}`}>
          <dt>{label}</dt>
          <dd>
            {integer(value)}
            {of === undefined ? null : <span class="of"> / {integer(of)}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface FilterProps {
  readonly filter: string;
  readonly change: (part: Partial<FleetState>) => void;
}

function Filter({ filter, change }: FilterProps): JSX.Element {
  const { labels } = useTexts();
  return (
    <p class="filter">
      <input
        type="search"
        maxLength={200}
        value={filter}
        placeholder={labels.filterHosts}
        aria-label={labels.filterHosts}
        onInput={(event) => change({ filter: event.currentTarget.value, page: 0 })}
      />
    </p>
  );
}

interface PagerProps {
  readonly page: number;
  readonly count: number;
  readonly change: (part: Partial<FleetState>) => void;
}

function Pager({ page, count, change }: PagerProps): JSX.Element {
  const { labels, integer } = useTexts();
  const first = page * PAGE_ROWS + 1;
  const last = Math.min(count, (page + 1) * PAGE_ROWS);
  return (
    <nav class="pager" aria-label={labels.fleet}>
      <button
        type="button"
        class="secondary"
        disabled={page === 0}
        aria-label={labels.previousPage}
        onClick={() => change({ page: page - 1 })}
      >
        <Icon name="previous" />
      </button>
      <span role="status">{fill(labels.hostRange, integer(first), integer(last), integer(count))}</span>
      <button
        type="button"
        class="secondary"
        disabled={last === count}
        aria-label={labels.nextPage}
        onClick={() => change({ page: page + 1 })}
      >
        <Icon name="next" />
      </button>
    </nav>
  );
}
