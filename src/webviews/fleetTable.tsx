import type { JSX } from "preact";
import type { FleetRow, Gauge, Metric } from "../panels/protocol.ts";
import { Icon } from "./icon.tsx";
import { Meter, Reading } from "./meter.tsx";
import { usePage, useTexts } from "./pageContext.ts";
import type { AttentionListeners } from "./rowOrder.ts";
import { FLEET_COLUMNS, type FleetColumn, type FleetState } from "./savedState.ts";
import { isStale } from "./staleness.tsx";
import { Age } from "./statusLine.tsx";

interface FleetTableProps {
  readonly rows: readonly FleetRow[];
  readonly state: FleetState;
  readonly change: (part: Partial<FleetState>) => void;
  readonly attention: AttentionListeners;
}

/** Narrow, each row is drawn as a card; the roles keep it a table for a screen reader all the same. */
export function FleetTable({ rows, state, change, attention }: FleetTableProps): JSX.Element {
  const { labels } = useTexts();
  return (
    <table class="fleet" role="table" aria-label={labels.fleet}>
      <thead role="rowgroup">
        <tr role="row">
          {FLEET_COLUMNS.map((column) => (
            <ColumnHead key={column} column={column} state={state} change={change} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" {...attention}>
        {rows.map((row) => (
          <HostRow key={row.environmentId} row={row} />
        ))}
      </tbody>
    </table>
  );
}

type ColumnHeadProps = Pick<FleetTableProps, "state" | "change"> & { readonly column: FleetColumn };

function ColumnHead({ column, state, change }: ColumnHeadProps): JSX.Element {
  const { labels } = useTexts();
  const isSorted = state.sort === column;
  const direction = state.descending ? "descending" : "ascending";
  // A first click shows what is most worth seeing: the highest numbers, but names from A on.
  const descending = isSorted ? !state.descending : column !== "host";
  return (
    <th role="columnheader" scope="col" aria-sort={isSorted ? direction : "none"}>
      <button type="button" class="sort" onClick={() => change({ sort: column, descending, page: 0 })}>
        {labels[column]}
        {isSorted ? <Icon name={state.descending ? "down" : "up"} /> : null}
      </button>
    </th>
  );
}

function HostRow({ row }: { readonly row: FleetRow }): JSX.Element {
  const { host } = usePage();
  const show = (): void => host.post({ type: "show-health", environmentId: row.environmentId });
  return (
    <tr role="row" onClick={show}>
      <th role="rowheader" scope="row" class="host">
        <button
          type="button"
          class="link"
          onClick={(event) => {
            event.stopPropagation();
            show();
          }}
        >
          {row.name}
        </button>
        {row.gpus !== "" && <span class="gpus">{row.gpus}</span>}
        <span class="origin">{row.origin}</span>
      </th>
      <td role="cell" class="status">
        <span class={`dot tone-${row.status.tone}`} aria-hidden="true" />
        {row.status.text} <Age status={row.status} />
      </td>
      <td role="cell" class="problem-count">
        <ProblemCount row={row} />
      </td>
      <GaugeCells row={row} />
    </tr>
  );
}

function GaugeCells({ row }: { readonly row: FleetRow }): JSX.Element {
  const { labels } = useTexts();
  const stale = { isStale: isStale(row.status) };
  return (
    <>
      <GaugeCell label={labels.busy} metric="utilizationPercent" gauge={row.busyPercent} {...stale} />
      <GaugeCell label={labels.memory} metric="memoryUsedMiB" gauge={row.memory} {...stale} />
      <GaugeCell label={labels.hottest} metric="temperatureC" gauge={row.hottestC} {...stale} />
      <GaugeCell label={labels.power} metric="powerDrawW" gauge={row.powerW} {...stale} />
    </>
  );
}

function ProblemCount({ row }: { readonly row: FleetRow }): JSX.Element {
  const { labels, integer } = useTexts();
  return (
    <>
      {row.worst === undefined ? (
        <span class="dimmed none">
          {row.status.tone === "live" ? labels.none : labels.absent}
          <span class="sr-only"> {labels.problems}</span>
        </span>
      ) : (
        <span class={`count ${row.worst}`}>
          <Icon name={row.worst} />
          {integer(row.problems)}
          <span class="sr-only"> {labels.problems}</span>
        </span>
      )}
      {row.remark === undefined ? null : <span class="remark">{row.remark}</span>}
    </>
  );
}

interface GaugeCellProps {
  readonly label: string;
  readonly metric: Metric;
  readonly gauge: Gauge;
  readonly isStale: boolean;
}

function GaugeCell({ label, metric, gauge, isStale }: GaugeCellProps): JSX.Element {
  const hasScale = gauge.kind === "measured" && gauge.max !== undefined;
  return (
    <td role="cell" class="gauge">
      <span class="cell-label" aria-hidden="true">
        {label}
      </span>
      <Reading metric={metric} gauge={gauge} isStale={isStale} />
      {hasScale ? <Meter label={label} metric={metric} gauge={gauge} isStale={isStale} /> : null}
    </td>
  );
}
