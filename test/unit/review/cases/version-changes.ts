import { create, planned, update, workload } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { deployment, release } from "./web.ts";

const image = (name: string) => workload("web", { image: name });
const images = (before: string, after: string) => update(deployment, image(before), image(after));

export const versionChanges: ClassCases = {
	finds: {
		"images go up and down": {
			planned: planned({
				resource_changes: [
					images("registry.example.org:5000/web:1.9.1", "registry.example.org:5000/web:1.10.0"),
					images("web:7.2.5-alpine", "web:7.2.6-alpine"),
					images("web:v0.12.1", "web:v0.17.0"),
					images("web:15.1.0", "web:15.0.0"),
					images("web:1", "other/web:1"),
					images("web:main", "web:next"),
					images("web:1.2@sha256:aa", "web:1.2@sha256:bb"),
				],
			}),
			findings: [
				"caution: web goes from v0.12.1 to v0.17.0, a major step",
				"caution: web goes from 15.1.0 to 15.0.0, a downgrade: data that the newer one has written may be unreadable",
				"caution: container main runs another image: web:1, now other/web:1",
				"caution: web goes from main to next, versions that cannot be compared",
				"notice: registry.example.org:5000/web goes from 1.9.1 to 1.10.0, a minor step",
				"notice: web goes from 7.2.5-alpine to 7.2.6-alpine, a patch",
				"notice: web goes from web:1.2@sha256:aa to web:1.2@sha256:bb, the same version in another build",
			],
		},
		"a chart goes up": {
			planned: planned({
				resource_changes: [update("helm_release.a", release({}), release({ version: "2.0.0" }))],
			}),
			findings: ["caution: chart traefik goes from 1.2.3 to 2.0.0, a major step"],
		},
	},
	passes: {
		"an image stays, and a workload with another one is new": planned({
			resource_changes: [images("web:1", "web:1"), create(deployment, image("web:2"))],
		}),
	},
};
