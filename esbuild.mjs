// Builds dist/: the extension as CommonJS with one lazily loaded chunk per dynamic import, and the webviews.
//
// esbuild splits code in ESM output only, while VS Code loads CommonJS fastest. So the extension is bundled as ESM
// with splitting, and each resulting file is then converted to CommonJS: one copy of every module, and `import()` of a
// heavy library stays a separate file that costs nothing until it is first used.
import { build, transform } from "esbuild";
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

await rm("dist", { recursive: true, force: true });
await Promise.all([buildExtension(), buildWebviews()]);

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
  for (const file of outputFiles) {
    const { code } = await transform(file.text, {
      format: "cjs",
      platform: "node",
      target: nodeTarget,
      supported: { "dynamic-import": false }, // becomes require, which is as lazy and resolves relative to the file
      minify: production,
    });
    await mkdir(path.dirname(file.path), { recursive: true });
    await writeFile(file.path, code);
  }
  await mkdir("out", { recursive: true });
  await writeFile("out/meta-extension.json", JSON.stringify(metafile));
}

async function buildWebviews() {
  const { metafile } = await build({
    entryPoints: { health: "src/webviews/health.tsx" },
    outdir: "dist/webviews",
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: production,
    metafile: true,
  });
  await mkdir("out", { recursive: true });
  await writeFile("out/meta-webviews.json", JSON.stringify(metafile));
}
