/** `node build.mjs [--outdir FOLDER]` bundles the widget into dist/ and weighs it; with `--test` it bundles and runs the tests. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const BUDGET = 9000;
const here = import.meta.dirname;

// What pages and browsers call, and what is sent.
const KNOWN =
  "open close track explain push form display locale server view part note arm id code event error act via page trap fields " +
  "connectedCallback disconnectedCallback attributeChangedCallback observedAttributes";

// Members of our classes that objects of the browser have too, but none that we use.
const OURS = "session region modal reason format finish changed";

if (process.argv.includes("--test")) await test();
else await bundle();

async function bundle() {
  const { values } = parseArgs({ options: { outdir: { type: "string", default: join(here, "dist") } } });
  mkdirSync(join(values.outdir, "parts"), { recursive: true });
  const core = await make(join(here, "src", "main.ts"), join(values.outdir, "embed.js"));
  if (core > BUDGET) fail(`embed.js is over its budget of ${BUDGET} bytes brotli`);
  for (const file of readdirSync(join(here, "src", "parts"))) {
    await make(join(here, "src", "parts", file), join(values.outdir, "parts", file.replace(/ts$/, "js")));
  }
}

/** Writes one bundle and returns its size. */
async function make(entry, outfile) {
  const options = { bundle: true, format: "iife", target: "es2020", charset: "utf8", legalComments: "none" };
  const { outputFiles } = await build({ entryPoints: [entry], write: false, minify: true, ...options });
  // The compiler has seen to it that strict and sloppy code mean the same here.
  const small = await minify(outputFiles[0].text.replace('"use strict";', ""), {
    ecma: 2020,
    compress: { passes: 3, unsafe_arrows: true, keep_fargs: false },
    mangle: { toplevel: true, properties: { regex: only(members()) } },
  });
  const ours = { regex: only(OURS.split(" ")), builtins: true };
  const { code } = await minify(small.code, { ecma: 2020, compress: false, mangle: { toplevel: true, properties: ours } });
  writeFileSync(outfile, `${code}\n`);
  const sizes = { raw: code.length, gzip: gzipSync(code, { level: 9 }).length, brotli: brotliCompressSync(code).length };
  console.log(basename(outfile), ...Object.entries(sizes).flat());
  return sizes.brotli;
}

/** Members of our classes whose names nobody else knows: none that travels (types.ts), and none that stands in a string. */
function members() {
  const sources = readdirSync(join(here, "src"), { recursive: true }).filter((file) => file.endsWith(".ts"));
  const code = sources.map((file) => readFileSync(join(here, "src", file), "utf8"));
  const travels = sources.flatMap((file, at) => (file.endsWith("types.ts") ? names(code[at], /^ +(?:readonly )?(\w+)\??[:(]/gm) : []));
  const quoted = code.flatMap((text) => names(text, /["'`](\w+)["'`]/g));
  const kept = new Set([...KNOWN.split(" "), ...travels, ...quoted]);
  const declared = code.flatMap((text) => names(text, /^ {2}(?:(?:private|readonly|static|async|get) )*(\w+)(?:\(.*\{$|\??!?(?: =|[:=;]))/gm));
  const given = code.flatMap((text) => names(text, /\b(?:private|public|readonly) (?!readonly)(\w+)\??:/g));
  return [...new Set([...declared, ...given])].filter((name) => !kept.has(name));
}

function only(words) {
  return new RegExp(`^(${words.join("|")})$`);
}

function names(text, pattern) {
  return [...text.matchAll(pattern)].map(([, name]) => name);
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
