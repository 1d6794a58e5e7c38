// Builds dist/: the extension as CommonJS with one lazily loaded chunk per dynamic import, and the webviews.
//
// esbuild splits code in ESM output only, while VS Code loads CommonJS fastest. So the extension is bundled as ESM
// with splitting, and each resulting file is then converted to CommonJS: one copy of every module, and `import()` of a
// heavy library stays a separate file that costs nothing until it is first used.
import { build, transform } from "esbuild";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const production = !process.argv.includes("--development");
const nodeTarget = "node22"; // the extension host of engines.vscode ^1.105.0

/** ssh2 uses its native addons only where they were compiled; its own JavaScript does the same work. */
const withoutNativeAddons = {
  name: "without-native-addons",
  setup(esbuild) {
    esbuild.onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, namespace: "native-addon" }));
    esbuild.onLoad({ filter: /.*/, namespace: "native-addon" }, () => ({
      contents: 'throw new Error("This build has no native addons.");',
      loader: "js",
    }));
  },
};

const webviewsOnly = process.argv.indexOf("--webviews-only"); // an output folder may follow
if (webviewsOnly >= 0) {
  await buildWebviews(process.argv[webviewsOnly + 1]);
} else {
  await rm("dist", { recursive: true, force: true });
  await mkdir("out", { recursive: true }); // where the package goes
  const bundled = await Promise.all([buildExtension(), buildWebviews()]);
  await writeNotice(bundled);
}

async function buildExtension() {
  const { outputFiles, metafile } = await build({
    entryPoints: { extension: "src/extension.ts" },
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: nodeTarget,
    mainFields: ["module", "main"],
    external: ["vscode"],
    chunkNames: "chunks/[name]-[hash]",
    minify: production,
    metafile: true,
    write: false,
    plugins: [withoutNativeAddons],
  });
  const files = new Map();
  for (const file of outputFiles) {
    const { code } = await transform(file.text, {
      format: "cjs",
      platform: "node",
      target: nodeTarget,
      supported: { "dynamic-import": false }, // becomes require, which is as lazy and resolves relative to the file
      minify: production,
    });
    files.set(path.relative("dist", file.path), withoutCopiesOfVscode(code));
  }
  for (const [name, code] of inFewFiles(files, metafile)) {
    await mkdir(path.dirname(path.join("dist", name)), { recursive: true });
    await writeFile(path.join("dist", name), code);
  }
  return metafile;
}

/** A file of the bundle and every other that it imports statically: what is loaded with it. */
function closureOf({ outputs }, entry) {
  const names = new Set();
  const add = (output) => {
    if (names.has(output)) return;
    names.add(output);
    for (const { path: imported, kind } of outputs[output].imports)
      if (kind === "import-statement" && outputs[imported]) add(imported);
  };
  add(entry);
  return new Set([...names].map((name) => path.relative("dist", name)));
}

/**
 * Each file costs the start most of a millisecond, so what is loaded at activation is put into extension.js, and what
 * is loaded right after it into chunks/main.js. Each module stays one of its own there, which every other file finds
 * by way of the file that holds it. The API is asked for once: each `require("vscode")` makes VS Code find out anew
 * which extension asks.
 */
function inFewFiles(files, metafile) {
  const main = Object.keys(metafile.outputs).find(
    (name) => metafile.outputs[name].entryPoint === "src/composition/main.ts",
  );
  const first = closureOf(metafile, "dist/extension.js");
  const second = new Set([...closureOf(metafile, main)].filter((name) => !first.has(name)));
  const holders = [
    { file: "extension.js", names: first, entry: "extension.js" },
    { file: "chunks/main.js", names: second, entry: path.relative("dist", main) },
  ];
  const holderOf = (name) => holders.find(({ names }) => names.has(name));
  const linked = (name) => {
    const home = holderOf(name);
    const folder = path.dirname(home?.file ?? name);
    const from = (file) => JSON.stringify(`./${path.relative(folder, file)}`.replace("./../", "../"));
    return files.get(name).replace(/require\("(\.\.?\/[^"]+)"\)/g, (_, target) => {
      const imported = path.join(path.dirname(name), target);
      const holder = holderOf(imported);
      if (!holder) return `require(${from(imported)})`;
      const held = `(${JSON.stringify(imported)})`;
      return holder === home ? `bundledModule${held}` : `require(${from(holder.file)}).bundledModule${held}`;
    });
  };
  const lazy = [...files.keys()].filter((name) => !holderOf(name));
  return [
    ...holders.map((holder) => [holder.file, holding(holder, linked)]),
    ...lazy.map((name) => [name, linked(name)]),
  ];
}

/** One file with several modules, each run when it is first asked for. */
function holding({ names, entry }, linked) {
  const modules = [...names].map((name) => {
    const code = linked(name).replaceAll('require("vscode")', "theVscode");
    return `${JSON.stringify(name)}:(function(module,exports){${code}\n})`; // in brackets: compiled at once
  });
  return [
    `"use strict";const theVscode=require("vscode");const modules={${modules.join(",\n")}};const loaded={};`,
    "function bundledModule(name){if(!loaded[name]){const module=loaded[name]={exports:{}};modules[name](module,module.exports)}return loaded[name].exports}",
    `module.exports={bundledModule};Object.assign(module.exports,bundledModule(${JSON.stringify(entry)}));`,
  ].join("\n");
}

/**
 * `import * as vscode` becomes `__toESM(require("vscode"))` once for every source file, and each copies the API with its
 * hundreds of names at the start. Namespace imports read the same from the module itself.
 */
function withoutCopiesOfVscode(code) {
  return code.replace(/[\w$]+\((require\("vscode"\))(?:,\s*1)?\)/g, (_, bare) => bare);
}

async function buildWebviews(outdir = "dist/webviews") {
  const { metafile } = await build({
    entryPoints: { health: "src/webviews/health.tsx" },
    outdir,
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: production,
    metafile: true,
  });
  return metafile;
}

/** The licences of every package that ended up in a bundle, beside the bundles that contain it. */
async function writeNotice(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(
    inputs.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []).filter(existsSync),
  );
  const notices = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(path.join(folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  const title = "GPU Dev Environments contains the following packages.\n";
  await writeFile("dist/NOTICE.txt", [title, ...notices].join(`\n${"-".repeat(72)}\n\n`));
}
