import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** The functions whose first argument is a message for the user. */
const MESSAGE_FUNCTIONS = new Set(["sentence", "say", "t"]);

/** Every message template in a source folder, sorted. Throws where a template is not a plain string. */
export function collectMessages(folder: string): readonly string[] {
  const messages = new Set<string>();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(file)) continue;
    const text = readFileSync(path.join(folder, file), "utf8");
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), messages);
  }
  return [...messages].sort();
}

function visit(node: ts.Node, messages: Set<string>): void {
  if (ts.isCallExpression(node) && MESSAGE_FUNCTIONS.has(calledName(node.expression))) {
    const [template] = node.arguments;
    if (template && ts.isStringLiteralLike(template)) messages.add(template.text);
    else if (template && !isForwarded(template)) throw new Error(`Not a plain message: ${node.getText()}`);
  }
  ts.forEachChild(node, (child) => {
    visit(child, messages);
  });
}

function calledName(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : "";
}

/** A variable that carries a template from elsewhere, as in `localize`. */
function isForwarded(expression: ts.Expression): boolean {
  return ts.isIdentifier(expression) || ts.isPropertyAccessExpression(expression);
}
