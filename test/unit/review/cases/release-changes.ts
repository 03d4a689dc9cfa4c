import { planned, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { release } from "./web.ts";

export const releaseChanges: ClassCases = {
	finds: {
		"a release gets other values": {
			planned: planned({
				resource_changes: [
					update("helm_release.a", release({}), release({ values: ["a: 2\n"], timeout: 900 })),
				],
			}),
			findings: ["caution: objects of the release change with its values, and are not in the plan"],
		},
	},
	passes: {
		"Helm waits longer": planned({
			resource_changes: [update("helm_release.a", release({}), release({ timeout: 900, wait: true }))],
		}),
	},
};
