import { manifest, planned, replace, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { passwordRead } from "./web.ts";

const secret = (more: object) => ({
	metadata: [{ name: "password", namespace: "shop" }],
	type: "Opaque",
	...more,
});

export const secretRotates: ClassCases = {
	finds: {
		"a value that is in no plan is sent again": {
			planned: planned({
				after: passwordRead,
				resource_changes: [
					update("kubernetes_secret_v1.a", secret({ data_wo_revision: 1 }), secret({ data_wo_revision: 2 })),
				],
			}),
			findings: ["caution: data_wo_revision gets a new value, read by web"],
		},
		"a sensitive argument changes": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_secret_v1.a",
						secret({ data: { key: "before-the-change" } }),
						secret({ data: { key: "after-the-change" } }),
						{ before_sensitive: { data: true }, after_sensitive: { data: true } },
					),
				],
			}),
			findings: ["caution: data gets a new value"],
		},
		"a password is made again": {
			planned: planned({ resource_changes: [replace("random_password.a", { length: 20 }, { length: 30 })] }),
			findings: ["caution: makes a new value"],
		},
		"an ExternalSecret reads another entry": {
			planned: planned({
				resource_changes: ["b"].map((key) =>
					update(
						"kubernetes_manifest.a",
						manifest({ kind: "ExternalSecret", spec: { data: [{ remoteRef: { key: "a" } }] } }),
						manifest({ kind: "ExternalSecret", spec: { data: [{ remoteRef: { key } }] } }),
					),
				),
			}),
			findings: ["caution: the Secret is made of other entries of Vault"],
		},
	},
	passes: {
		"a Secret gets a label": planned({
			resource_changes: [
				update("kubernetes_secret_v1.a", secret({ data_wo_revision: 1 }), {
					...secret({ data_wo_revision: 1 }),
					metadata: [{ name: "password", namespace: "shop", labels: { a: "b" } }],
				}),
			],
		}),
		"an ExternalSecret looks more often": planned({
			resource_changes: [
				update(
					"kubernetes_manifest.a",
					manifest({ kind: "ExternalSecret", spec: { refreshInterval: "1h" } }),
					manifest({ kind: "ExternalSecret", spec: { refreshInterval: "5m" } }),
				),
			],
		}),
	},
};
