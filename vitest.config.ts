import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { withSystemFolders } from "./cli/bin/system-folders.js";
import LongestFirst from "./test/longest-first.ts";

// Tests start daemons, whoever runs them.
process.env.PATH = withSystemFolders(process.env.PATH ?? "");
// Much of what they start is the command, by the file that its program runs: compiled code is kept, as it is there.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/node", import.meta.url));

/** Cases that take a minute or more; `INFRA_SLOW=1` or `CI=true` runs them. */
const slow = Boolean(process.env.INFRA_SLOW || process.env.CI);

export default defineConfig({
	test: {
		env: { CDKTN_DISABLE_CREATION_STACK: "1", NO_COLOR: "1" },
		provide: { slow },
		sequence: { sequencer: LongestFirst },
		reporters: ["default", "./test/closing-line.ts"],
		projects: [
			{
				extends: true,
				test: {
					name: "unit",
					include: ["test/{unit,stacks,policy,config}/**/*.test.ts"],
					setupFiles: ["test/no-programs.ts"],
					// Loading the engine costs more than most tests: share it between files.
					isolate: false,
					// Some build every stack; on a busy machine that takes a while.
					testTimeout: 60_000,
					hookTimeout: 60_000,
				},
			},
			{
				extends: true,
				test: {
					name: "cli",
					include: ["test/cli/**/*.test.ts"],
					// They start the command, which builds every stack; on a busy machine that takes a while.
					testTimeout: 240_000,
					hookTimeout: 120_000,
				},
			},
			{
				extends: true,
				test: {
					name: "e2e",
					include: ["test/e2e/**/*.test.ts"],
					globalSetup: ["test/e2e/packages.ts"],
					// Most of them wait for daemons: three keep two cores busy, and more would make figures of time untrue.
					maxWorkers: 3,
					sequence: { groupOrder: 1 },
					testTimeout: 120_000,
					hookTimeout: 120_000,
				},
			},
		],
	},
});

declare module "vitest" {
	interface ProvidedContext {
		slow: boolean;
	}
}
