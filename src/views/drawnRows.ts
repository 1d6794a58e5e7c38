import { toTooltip, type Row } from "./row.ts";
import type { TreeNode } from "./treeNode.ts";

/** How the tree is to be drawn now. */
export interface TreeSight {
  readonly childrenOf: (parent: TreeNode | undefined) => readonly TreeNode[];
  readonly rowOf: (node: TreeNode) => Row;
  /** True where the row is known to be as it was handed, without making it. */
  readonly isAsHanded: (node: TreeNode) => boolean;
  /** False for what has left the tree. */
  readonly isThere: (node: TreeNode) => boolean;
}

/** VS Code takes each changed element by itself. Where it gets slower than the whole tree at once was not measured. */
const MOST_ONE_BY_ONE = 50;
/** VS Code draws no row before it has all that it asked for: of thousands it gets at first what fills any screen. */
const FIRST_ROWS = 200;

/** What VS Code was last handed, so that of thousands of rows it asks anew for those that have changed since. */
export class DrawnRows {
  private roots: readonly TreeNode[] | undefined;
  private readonly children = new Map<TreeNode, readonly TreeNode[]>();
  private readonly rows = new Map<TreeNode, Row>();
  /** Of the rows that were hovered. */
  private readonly tooltips = new Map<TreeNode, string>();

  /** The part of them that VS Code is to have now. The rest is a change, which it is to be told of. */
  handChildren(parent: TreeNode | undefined, children: readonly TreeNode[]): TreeNode[] {
    const before = parent ? this.children.get(parent) : this.roots;
    const handed = children.slice(0, before?.length ? children.length : FIRST_ROWS);
    if (parent) this.children.set(parent, handed);
    else this.roots = handed;
    return handed;
  }

  handRow(node: TreeNode, row: Row): void {
    this.rows.set(node, row);
    this.tooltips.delete(node);
  }

  handTooltip(node: TreeNode, tooltip: string): void {
    this.tooltips.set(node, tooltip);
  }

  /** The elements to be asked for anew; undefined for the whole tree. */
  changes(sight: TreeSight): readonly TreeNode[] | undefined {
    if (!this.roots?.length || !isSameList(this.roots, sight.childrenOf(undefined))) return undefined;
    // All of them before any row is asked for: only then is it known what has left the tree.
    const parents = [...this.children.keys()].filter((parent) => this.hasOthers(parent, sight.childrenOf(parent)));
    for (const known of [this.children, this.rows, this.tooltips]) forgetGone(known, sight);
    const rows = [...this.rows.keys()].filter((node) => this.hasChanged(node, sight));
    const nodes = [...new Set([...parents.filter(sight.isThere), ...rows])];
    return nodes.length > MOST_ONE_BY_ONE ? undefined : nodes;
  }

  /** Told once: what is collapsed is not asked for its children again, and has the new ones when it is opened. */
  private hasOthers(parent: TreeNode, children: readonly TreeNode[]): boolean {
    const isSame = isSameList(this.children.get(parent) ?? [], children);
    if (!isSame) this.children.set(parent, children);
    return !isSame;
  }

  private hasChanged(node: TreeNode, { isAsHanded, rowOf }: TreeSight): boolean {
    const tooltip = this.tooltips.get(node);
    if (tooltip === undefined && isAsHanded(node)) return false;
    const row = rowOf(node);
    if (tooltip !== undefined && tooltip !== toTooltip(row.tooltip())) return true;
    // The function of the tooltip is none of the text that this compares.
    return JSON.stringify(this.rows.get(node)) !== JSON.stringify(row);
  }
}

function forgetGone(known: Map<TreeNode, unknown>, { isThere }: TreeSight): void {
  for (const node of known.keys()) if (!isThere(node)) known.delete(node);
}

function isSameList(one: readonly TreeNode[], other: readonly TreeNode[]): boolean {
  return one.length === other.length && one.every((node, place) => node === other[place]);
}
