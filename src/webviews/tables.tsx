import type { JSX } from "preact";
import type { DetailsView, HealthView } from "../panels/protocol.ts";
import { useTexts } from "./pageContext.ts";

/** How the host writes a property that a GPU does not report. */
const ABSENT = "–";

interface ProcessesProps {
  readonly processes: HealthView["processes"];
  readonly isStale: boolean;
}

export function Processes({ processes, isStale }: ProcessesProps): JSX.Element {
  const { labels, gibibytes, duration } = useTexts();
  const { rows, note } = processes;
  return (
    <section aria-labelledby="processes">
      <h2 id="processes">
        {labels.processes}
        {isStale && rows.length > 0 ? <span class="stale">{labels.outdated}</span> : null}
      </h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      {rows.length === 0 && note === undefined ? <p class="empty">{labels.noProcesses}</p> : null}
      {rows.length === 0 ? null : (
        <Scrolled label={labels.processes}>
          <table class={isStale ? "list outdated" : "list"}>
            <Head columns={[labels.gpu, labels.pid, labels.user, labels.memory, labels.runningFor, labels.name]} />
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  <td>{row.gpu}</td>
                  <td class="number">{row.pid}</td>
                  <td>{row.user ?? labels.absent}</td>
                  <td class="number">{row.memoryMiB === undefined ? labels.absent : gibibytes(row.memoryMiB)}</td>
                  <td class="number">
                    {row.elapsedSeconds === undefined ? labels.absent : duration(row.elapsedSeconds)}
                  </td>
                  <td class="name">{row.name ?? labels.absent}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </section>
  );
}

export function Details({ details }: { readonly details: DetailsView }): JSX.Element {
  const { labels } = useTexts();
  const { host, columns, rows, mig, note } = details;
  const shared = rows.flatMap(({ label, cells }) => {
    const value = sharedValue(cells);
    return value === undefined ? [] : [{ label, value }];
  });
  const differing = rows.filter(({ cells }) => sharedValue(cells) === undefined);
  return (
    <section aria-labelledby="details">
      <h2 id="details">{labels.details}</h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      {columns.length === 0 && note === undefined ? <p class="empty">{labels.noDetails}</p> : null}
      <Facts facts={host} />
      {columns.length > 1 && shared.length > 0 ? <h3>{labels.sameOnAll}</h3> : null}
      <Facts facts={shared} />
      {differing.length === 0 ? null : <Differing columns={columns} rows={differing} />}
      {mig.length === 0 ? null : <MigDevices mig={mig} />}
    </section>
  );
}

/** What all GPUs that report it agree on, if those are most: said once, so that what differs stands out. */
function sharedValue(cells: readonly string[]): string | undefined {
  const reported = cells.filter((cell) => cell !== ABSENT);
  const first = reported[0];
  const isShared = reported.length * 2 > cells.length && reported.every((cell) => cell === first);
  return isShared ? first : undefined;
}

interface FactsProps {
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

function Facts({ facts }: FactsProps): JSX.Element | null {
  if (facts.length === 0) return null;
  return (
    <dl class="facts">
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A row per GPU, a column per property in which they differ. */
function Differing({ columns, rows }: Pick<DetailsView, "columns" | "rows">): JSX.Element {
  const { labels } = useTexts();
  return (
    <>
      <h3>{labels.differing}</h3>
      <Scrolled label={labels.differing}>
        <table class="list">
          <Head columns={[labels.gpu, ...rows.map(({ label }) => label)]} />
          <tbody>
            {columns.map((column, gpu) => (
              <tr key={column}>
                <th scope="row">{column}</th>
                {rows.map(({ label, cells }) => (
                  <td key={label}>{cells[gpu]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </>
  );
}

function MigDevices({ mig }: { readonly mig: DetailsView["mig"] }): JSX.Element {
  const { labels, gibibytes } = useTexts();
  const memory = (mib: number | undefined): string => (mib === undefined ? labels.absent : gibibytes(mib));
  return (
    <>
      <h3>{labels.migDevices}</h3>
      <Scrolled label={labels.migDevices}>
        <table class="list">
          <Head columns={[labels.gpu, labels.device, labels.memory]} />
          <tbody>
            {mig.map(({ gpu, name, memoryUsedMiB, memoryTotalMiB }, index) => (
              <tr key={index}>
                <td>{gpu}</td>
                <td>{name}</td>
                <td class="number">{`${memory(memoryUsedMiB)} / ${memory(memoryTotalMiB)}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </>
  );
}

function Head({ columns }: { readonly columns: readonly string[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface ScrolledProps {
  readonly label: string;
  readonly children: JSX.Element;
}

/** A wide table scrolls by itself, also from the keyboard. */
function Scrolled({ label, children }: ScrolledProps): JSX.Element {
  return (
    <div class="scrolled" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
