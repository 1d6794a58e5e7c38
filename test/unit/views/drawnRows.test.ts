import { describe, expect, it } from "vitest";
import { DrawnRows, type TreeSight } from "../../../src/views/drawnRows.ts";
import { toTooltip, type Row } from "../../../src/views/row.ts";
import type { TreeNode } from "../../../src/views/treeNode.ts";

const cloud: TreeNode = { kind: "provider", id: "provider/cloud", providerId: "cloud" };
const hosts: TreeNode = { kind: "provider", id: "provider/ssh", providerId: "ssh" };
const machine = (id: string): TreeNode => ({ kind: "environment", id, providerId: "cloud", environmentId: id });
const [a, b, c] = [machine("a"), machine("b"), machine("c")];

const row = (id: string, description = "running", tooltip = "10 s ago"): Row => ({
  ...{ label: id, description, icon: { codicon: "vm" }, spoken: id, context: [], expandable: true },
  tooltip: () => [tooltip],
});

/** A tree of which VS Code has asked for everything once. */
function drawn(children: ReadonlyMap<TreeNode | undefined, readonly TreeNode[]>) {
  const rows = new Map<TreeNode, Row>();
  const shown = new Map(children);
  const asHanded = new Set<TreeNode>();
  const sight: TreeSight = {
    childrenOf: (parent) => shown.get(parent) ?? [],
    rowOf: (node) => rows.get(node) ?? row(node.id),
    isAsHanded: (node) => asHanded.has(node),
    isThere: (node) => [...shown.values()].some((nodes) => nodes.includes(node)),
  };
  const before = new DrawnRows();
  for (const [parent, nodes] of children) {
    before.handChildren(parent, nodes);
    for (const node of nodes) before.handRow(node, sight.rowOf(node));
  }
  return { before, sight, rows, shown, asHanded };
}

const flat = () => drawn(new Map([[undefined, [a, b]]]));
const headed = () =>
  drawn(
    new Map([
      [undefined, [hosts, cloud]],
      [hosts, [a]],
      [cloud, [b]],
    ]),
  );

describe("what of the tree is drawn again", () => {
  it("is nothing where everything is as it was", () => {
    const { before, sight } = headed();
    expect(before.changes(sight)).toEqual([]);
  });

  it("is the row that reads otherwise", () => {
    const { before, sight, rows } = headed();
    rows.set(b, row("b", "stopped"));
    expect(before.changes(sight)).toEqual([b]);
    before.handRow(b, sight.rowOf(b));
    expect(before.changes(sight)).toEqual([]);
  });

  it("is a row whose tooltip reads otherwise, where somebody has seen it", () => {
    const { before, sight, rows } = headed();
    rows.set(b, row("b", "running", "20 s ago"));
    expect(before.changes(sight)).toEqual([]);
    before.handTooltip(b, toTooltip(row("b").tooltip()));
    expect(before.changes(sight)).toEqual([b]);
  });

  it("is no row that is known to be as it was, unless its tooltip may read otherwise by now", () => {
    const { before, sight, rows, asHanded } = headed();
    rows.set(b, row("b", "stopped", "20 s ago"));
    asHanded.add(b);
    expect(before.changes(sight)).toEqual([]);
    before.handTooltip(b, toTooltip(row("b").tooltip()));
    expect(before.changes(sight)).toEqual([b]);
  });

  it("is what is under one heading, where a machine comes or goes there", () => {
    const { before, sight, shown } = headed();
    shown.set(cloud, [b, c]);
    expect(before.changes(sight)).toEqual([cloud]);
    expect(before.changes(sight)).toEqual([]); // collapsed, it is not asked for them, and need not hear of it again
    shown.set(cloud, []);
    expect(before.changes(sight)).toEqual([cloud]);
  });

  it("is everything, where a root comes or goes or none was there", () => {
    const { before, sight, shown } = flat();
    shown.set(undefined, [a, b, c]);
    expect(before.changes(sight)).toBeUndefined();
    shown.set(undefined, [b, a]);
    expect(before.changes(sight)).toBeUndefined();
    expect(new DrawnRows().changes(sight)).toBeUndefined();
  });

  it("is the rest of thousands, of which VS Code gets a screenful at first", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => machine(`m-${index}`));
    for (const parent of [undefined, cloud]) {
      const { sight, shown } = headed();
      const before = new DrawnRows();
      shown.set(parent, many);
      if (parent) before.handChildren(undefined, [hosts, cloud]);
      expect(before.handChildren(parent, [])).toEqual([]);
      expect(before.handChildren(parent, many)).toEqual(many.slice(0, 200));
      expect(before.changes(sight)).toEqual(parent && [parent]);
      expect(before.handChildren(parent, many)).toEqual(many);
      expect(before.changes(sight)).toEqual([]);
    }
  });

  it("is everything, where more has changed than VS Code takes well one by one", () => {
    const many = Array.from({ length: 51 }, (_, index) => machine(`m-${index}`));
    const { before, sight, rows } = drawn(new Map([[undefined, many]]));
    for (const node of many.slice(1)) rows.set(node, row(node.id, "stopped"));
    expect(before.changes(sight)).toHaveLength(50);
    rows.set(many[0] ?? a, row("m-0", "stopped"));
    expect(before.changes(sight)).toBeUndefined();
  });

  it("is never what has left the tree", () => {
    const { before, sight, shown, rows } = headed();
    shown.set(cloud, []);
    rows.set(b, row("b", "no longer listed"));
    before.handChildren(cloud, []);
    expect(before.changes(sight)).toEqual([]);
  });
});
