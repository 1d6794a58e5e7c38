/** Bundled by esbuild into one file beside the script. */
declare module "*.css" {}
