/** `node build.mjs [--outdir FOLDER]` bundles the widget into dist/embed.js and weighs it; with `--test` it bundles and runs the tests. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const BUDGET = 9000;
const here = import.meta.dirname;

if (process.argv.includes("--test")) await test();
else await bundle();

async function bundle() {
  const { values } = parseArgs({ options: { outdir: { type: "string", default: join(here, "dist") } } });
  const outfile = join(values.outdir, "embed.js");
  await build({
    entryPoints: [join(here, "src", "main.ts")],
    outfile,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
  });
  const code = readFileSync(outfile);
  const sizes = { raw: code.length, gzip: gzipSync(code, { level: 9 }).length, brotli: brotliCompressSync(code).length };
  console.log(Object.entries(sizes).map(([name, size]) => `${name} ${size}`).join("  "));
  if (sizes.brotli > BUDGET) fail(`embed.js is over its budget of ${BUDGET} bytes brotli`);
}

/** Node 20 cannot read TypeScript, so the tests are bundled first. */
async function test() {
  const outdir = mkdtempSync(join(tmpdir(), "yesline-widget-"));
  const files = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
  try {
    await build({
      entryPoints: files.map((name) => join(here, "test", name)),
      outdir,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      outExtension: { ".js": ".mjs" },
    });
    const made = files.map((name) => join(outdir, name.replace(/\.ts$/, ".mjs")));
    process.exitCode = spawnSync(process.execPath, ["--test", ...made], { stdio: "inherit" }).status ?? 1;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
