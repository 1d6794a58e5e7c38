/**
 * A report as a tree: `-q` prints its labels, `-q -x` its tags. A node without a label is in the XML only, one without a
 * tag in the text only.
 */
export interface ReportNode {
  readonly label?: string;
  readonly tag?: string;
  readonly attributes?: string;
  readonly value?: string;
  /** Where the text shows another value than the XML. */
  readonly textValue?: string;
  readonly children?: readonly ReportNode[];
  /** The list of processes has its colon further left. */
  readonly narrow?: boolean;
  /** XML prints the value on a line of its own. */
  readonly spread?: boolean;
}

export const both = (label: string, tag: string, value: string | number): ReportNode => ({
  label,
  tag,
  value: String(value),
});
export const inXml = (tag: string, value: string | number): ReportNode => ({ tag, value: String(value) });
export const inText = (label: string, value: string | number): ReportNode => ({ label, value: String(value) });
export const group = (label: string | undefined, tag: string | undefined, children: readonly ReportNode[]) => ({
  ...(label === undefined ? {} : { label }),
  ...(tag === undefined ? {} : { tag }),
  children,
});

const WIDE = 55;
const NARROW = 42;

export function toText(nodes: readonly ReportNode[], depth = 0): string {
  return nodes.map((node) => textOf(node, depth)).join("");
}

function textOf(node: ReportNode, depth: number): string {
  if (node.label === undefined) return node.tag === undefined ? toText(node.children ?? [], depth) : "";
  const indented = `${"    ".repeat(depth)}${node.label}`;
  if (node.children) return `${indented}\n${toText(node.children, depth + 1)}`;
  if (node.value === undefined) return `${indented}\n`;
  return `${indented.padEnd(node.narrow ? NARROW : WIDE)}: ${node.textValue ?? node.value}\n`;
}

export function toXml(nodes: readonly ReportNode[], depth = 1): string {
  return nodes.map((node) => xmlOf(node, depth)).join("");
}

function xmlOf(node: ReportNode, depth: number): string {
  if (node.tag === undefined) return "";
  const indent = "\t".repeat(depth);
  const open = `${indent}<${node.tag}${node.attributes ?? ""}>`;
  const close = `</${node.tag}>\n`;
  if (node.children) return `${open}\n${toXml(node.children, depth + 1)}${indent}${close}`;
  if (node.spread) return `${open}\n${indent}\t${escape(node.value ?? "")}\n${indent}${close}`;
  return `${open}${escape(node.value ?? "")}${close}`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escape = (text: string): string => text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);
