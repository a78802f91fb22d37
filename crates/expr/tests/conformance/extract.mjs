// Makes the JSON files beside this script from the npm package @bufbuild/cel-spec 0.6.1 (Apache-2.0; the cases are those
// of cel-spec v0.25.1, Apache-2.0, The CEL Authors). Run: npm install @bufbuild/cel-spec@0.6.1 && node extract.mjs
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const source = process.argv[2] ?? "@bufbuild/cel-spec/testdata/conformance.js";
const { tests } = await import(source.startsWith("/") ? pathToFileURL(source) : source);

// A section is a file of cel-spec; below it stand suites, which may stand inside one another.
function* cases(suite, path) {
  for (const test of suite.tests ?? []) yield { suite: path.join("/"), ...test.original };
  for (const inner of suite.suites ?? []) yield* cases(inner, [...path, inner.name]);
}

let total = 0;
for (const section of tests.suites) {
  const lines = [...cases(section, [])].map((test) => JSON.stringify(test));
  total += lines.length;
  writeFileSync(`${section.name}.json`, `[\n${lines.join(",\n")}\n]\n`);
}
console.error(`${total} cases in ${tests.suites.length} files`);
