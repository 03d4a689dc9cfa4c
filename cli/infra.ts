import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Before anything else is loaded: compiled code is kept across runs.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/node", import.meta.url)));

const [{ main }, { project }] = await Promise.all([import("./program.ts"), import("./project.ts")]);
await main(project);
