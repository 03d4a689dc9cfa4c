import { create, planned, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { content, deployment, edited, inEnvironment, mounted, pair, reading, settings } from "./web.ts";

export const configReadLater: ClassCases = {
	finds: {
		"pods have it in their environment": {
			planned: planned({
				after: reading({ container: { env_from: inEnvironment } }),
				resource_changes: [edited],
			}),
			findings: [
				"caution: deployment web has read it at its start, and keeps what it read: nothing restarts it",
			],
		},
		"pods mount it": {
			planned: planned({ after: reading(mounted()), resource_changes: [edited] }),
			findings: [
				"caution: the files of deployment web change within about a minute, and take effect once it reads them again: nothing restarts it",
			],
		},
		"pods mount one file of it, which never changes": {
			planned: planned({ after: reading(mounted({ sub_path: "web.conf" })), resource_changes: [edited] }),
			findings: [
				"caution: deployment web has read it at its start, and keeps what it read: nothing restarts it",
			],
		},
		"Reloader restarts its only pod, which is out for a while": {
			planned: planned({
				after: reading({
					...mounted(),
					metadata: { annotations: { "reloader.stakater.com/auto": "true" } },
					spec: { strategy: [{ type: "Recreate" }] },
				}),
				resource_changes: [edited],
			}),
			findings: [
				"caution: Reloader restarts deployment web once it is applied: all of its pods stop before new ones start (Recreate): up to 30 s to stop, no probe says how long to start",
			],
		},
	},
	passes: {
		"its checksum on the pods changes with it": planned({
			after: reading(mounted()),
			resource_changes: [edited, update(deployment, ...pair({}))],
		}),
		"only its labels change": planned({
			after: reading(mounted()),
			resource_changes: [
				update(settings, content("info"), {
					...content("info"),
					metadata: [{ name: "settings", namespace: "shop", labels: { a: "b" } }],
				}),
			],
		}),
		"it is new": planned({
			after: reading(mounted()),
			resource_changes: [create(settings, content("info"))],
		}),
		"a job reads it at its next run": planned({
			after: reading(mounted(), "kubernetes_job_v1"),
			resource_changes: [edited],
		}),
		"pods of another namespace read one of the same name": planned({
			after: reading({ ...mounted(), metadata: { namespace: "other" } }),
			resource_changes: [edited],
		}),
	},
};
