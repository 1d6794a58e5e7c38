import type { JSX } from "preact";
import type { DetailsView, HealthView } from "../panels/protocol.ts";
import { useTexts } from "./pageContext.ts";
import { fill } from "./texts.ts";

export function Processes({ processes }: { readonly processes: HealthView["processes"] }): JSX.Element {
  const { labels, gibibytes, duration } = useTexts();
  const { rows, note } = processes;
  return (
    <section aria-labelledby="processes">
      <h2 id="processes">{labels.processes}</h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      {rows.length === 0 && note === undefined ? <p class="empty">{labels.noProcesses}</p> : null}
      {rows.length === 0 ? null : (
        <Scrolled label={labels.processes}>
          <table class="list">
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
  return (
    <section aria-labelledby="details">
      <h2 id="details">{labels.details}</h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      {columns.length === 0 && note === undefined ? <p class="empty">{labels.noDetails}</p> : null}
      {host.length === 0 ? null : (
        <dl class="facts">
          {host.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {rows.length === 0 ? null : (
        <Scrolled label={labels.details}>
          <table class="list details">
            <Head columns={[labels.property, ...columns]} />
            <tbody>
              {rows.map(({ label, cells }) => (
                <DetailRow key={label} label={label} cells={cells} />
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
      {mig.length === 0 ? null : <MigDevices mig={mig} />}
    </section>
  );
}

/** What is the same on every GPU is said once, so that what differs stands out. */
function DetailRow({ label, cells }: { readonly label: string; readonly cells: readonly string[] }): JSX.Element {
  const { labels } = useTexts();
  const isSame = cells.length > 1 && cells.every((cell) => cell === cells[0]);
  return (
    <tr class={isSame ? "same" : "differs"}>
      <th scope="row">{label}</th>
      {isSame ? (
        <td colSpan={cells.length}>
          {cells[0]} <span class="everywhere">{fill(labels.allGpus, cells.length)}</span>
        </td>
      ) : (
        cells.map((cell, index) => <td key={index}>{cell}</td>)
      )}
    </tr>
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
