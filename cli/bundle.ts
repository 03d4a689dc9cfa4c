/**
 * Bundles the command: hundreds of modules with their source maps become a few files. Runs after every installation of
 * packages (`prepare`); after an edit the command runs as it is written until the next time.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundleFolder, installation } from "./bin/bundle.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const entry = join(root, "cli/infra.ts");
const building = `${bundleFolder}.${process.pid}`;

try {
	mkdirSync(building, { recursive: true });
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: [entry],
		outdir: building,
		outExtension: { ".js": ".mjs" },
		bundle: true,
		splitting: true,
		// Names of classes appear in messages.
		minifySyntax: true,
		minifyWhitespace: true,
		platform: "node",
		format: "esm",
		target: `node${process.versions.node}`,
		banner: {
			js: 'import{createRequire as _require}from"node:module";const require=globalThis.__infraRequire??=_require(import.meta.url);',
		},
		metafile: true,
		logLevel: "error",
		plugins: [
			{
				name: "files beside the source",
				setup({ onLoad }) {
					onLoad({ filter: /\.ts$/ }, ({ path }) => ({
						loader: "ts",
						contents: readFileSync(path, "utf8")
							.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
							.replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
					}));
				},
			},
		],
	});
	const sources = Object.keys(metafile.inputs)
		.filter((file) => !file.includes("node_modules"))
		.map((file) => resolve(root, file));
	const files = [...sources, installation].map((file) => [file, statSync(file).mtimeMs]);
	const program = join(bundleFolder, relative(join(root, "cli"), entry).replace(/\.ts$/, ".mjs"));
	writeFileSync(join(building, "bundle.json"), JSON.stringify({ program, files: Object.fromEntries(files) }));
	rmSync(bundleFolder, { recursive: true, force: true });
	renameSync(building, bundleFolder);
} finally {
	rmSync(building, { recursive: true, force: true });
}
