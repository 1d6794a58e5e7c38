import { useMemo, useRef, useState } from "preact/hooks";
import type { FleetRow } from "../panels/protocol.ts";
import { held, matching, sorted, urgencies } from "./fleetOrder.ts";
import { useNow, usePage } from "./pageContext.ts";
import type { FleetState } from "./savedState.ts";

/** Live numbers reorder the rows at most this often, or the table would never be still. */
const REORDER_MS = 5_000;
/** Who has not moved the pointer or pressed a key for so long is not about to choose a row. */
const ATTENTION_MS = 10_000;

/** What the rows are told of the reader, to be spread over the element around them. */
export interface AttentionListeners {
  readonly onPointerMove: () => void;
  readonly onPointerLeave: () => void;
  readonly onKeyDown: () => void;
  readonly onFocusIn: () => void;
  readonly onFocusOut: () => void;
}

export interface RowOrder {
  readonly ids: readonly string[];
  readonly attention: AttentionListeners;
}

/**
 * The ids of the rows in order. What needs a person moves up at once and numbers every few seconds; but no row moves
 * away from a reader who points at the rows or goes through them with the keyboard, unless that reader sorts anew.
 */
export function useRowOrder(rows: ReadonlyMap<string, FleetRow>, state: FleetState): RowOrder {
  const wanted = useWantedOrder(rows, state);
  const { isAttended, attention } = useAttention();
  const { filter, sort, descending } = state;
  const choice = JSON.stringify([filter, sort, descending]);
  const drawn = useRef({ choice, ids: wanted });
  const isHeld = isAttended && drawn.current.choice === choice;
  const ids = isHeld ? held(drawn.current.ids, wanted, rows) : wanted;
  drawn.current = { choice, ids };
  return { ids, attention };
}

function useWantedOrder(rows: ReadonlyMap<string, FleetRow>, state: FleetState): readonly string[] {
  const { locale } = usePage();
  const { filter, sort, descending } = state;
  const epoch = Math.floor(useNow() / REORDER_MS);
  const ids = useMemo(() => [...rows.keys()].join("\n"), [rows]);
  const urgent = useMemo(() => (sort === "problems" ? urgencies([...rows.values()]) : ""), [rows, sort]);
  return useMemo(() => {
    const found = matching([...rows.values()], filter);
    return sorted(found, { column: sort, descending }, locale).map(({ environmentId }) => environmentId);
  }, [epoch, ids, urgent, filter, sort, descending]);
}

/** Whether somebody is at the rows: with the pointer or with the keyboard, within the last seconds. */
function useAttention(): { readonly isAttended: boolean; readonly attention: AttentionListeners } {
  const pointedAt = useRef(-Infinity);
  const typedAt = useRef(-Infinity);
  const [, drawAgain] = useState(0);
  const attention = useMemo(() => {
    const leave = (at: { current: number }): void => {
      at.current = -Infinity;
      drawAgain((count) => count + 1);
    };
    const stay = (at: { current: number }): void => {
      at.current = Date.now();
    };
    return {
      onPointerMove: () => stay(pointedAt),
      onPointerLeave: () => leave(pointedAt),
      onKeyDown: () => stay(typedAt),
      onFocusIn: () => stay(typedAt),
      onFocusOut: () => leave(typedAt),
    };
  }, []);
  const isAttended = Date.now() - Math.max(pointedAt.current, typedAt.current) < ATTENTION_MS;
  return { isAttended, attention };
}
