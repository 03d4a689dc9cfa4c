import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { Site } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { tiers } from "../../../config/tiers.ts";
import { Ingress, type IngressProps } from "../../../constructs/kubernetes/ingress.ts";
import { Service } from "../../../constructs/kubernetes/service.ts";
import { Workload } from "../../../constructs/kubernetes/workload.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { InfraStack } from "../../../stacks/infra-stack.ts";
import type { StackDocument } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";

/** How a host is served, beside its namespace, backend and certificate. */
export type ServedHost = Omit<IngressProps, "namespace" | "host" | "backend" | "tlsSecret">;

export const domain = lab.network.domain;

/** A site with these hosts. @param kubeconfig of its cluster */
export function siteWith(hosts: readonly string[], kubeconfig: string): Site {
	return parseSite(
		mergePatch(lab, {
			cluster: { kubeconfig },
			virtualHosts: Object.fromEntries(
				hosts.map((host) => [host, { stack: "mailserver", records: "none", purpose: "A host" }]),
			),
		}),
	);
}

/** A stack with an app behind each host, in the namespace `shop` with the certificate `tls`. */
export function hostStack(
	site: Site,
	hosts: Readonly<Record<string, ServedHost>>,
	outdir: string,
): StackDocument {
	const namespace = { name: "shop", literalName: "shop", tier: tiers.aux };
	const declaration: StackDeclaration = {
		name: "mailserver",
		purpose: "Hosts",
		stateTier: 1,
		build: (scope) => {
			const stack = new InfraStack(scope, declaration);
			for (const [host, props] of Object.entries(hosts)) {
				const pods = new Workload(stack, `${host}-pods`, {
					namespace,
					name: host,
					replicas: 1,
					user: { uid: 1000, gid: 1000 },
					containers: [
						{
							name: host,
							image: "registry.k8s.io/pause:3.10",
							ports: { http: 8080 },
							cpu: "10m",
							memory: 2 ** 24,
						},
					],
				});
				const backend = new Service(stack, `${host}-service`, { pods, name: host });
				new Ingress(stack, `${host}-ingress`, { ...props, namespace, host, backend, tlsSecret: "tls" });
			}
			return stack;
		},
	};
	const app = new InfraApp({ site, registry: parseRegistry("{}"), stacks: [declaration], outdir });
	const document = app.stacks[0]?.synthesizeOnce();
	if (document === undefined) throw new Error("there is no stack");
	return document;
}

/** A certificate for all names of a domain, in Base64 as a Secret has it. */
export function certificateOf(folder: string, name: string) {
	const [key, crt] = [join(folder, "tls.key"), join(folder, "tls.crt")];
	mkdirSync(folder, { recursive: true });
	const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:*.${name}`];
	const files = ["-keyout", key, "-out", crt];
	execFileSync("openssl", ["req", "-x509", "-newkey", "ed25519", "-nodes", ...files, ...subject], {
		stdio: "ignore",
	});
	return {
		"tls.key": readFileSync(key).toString("base64"),
		"tls.crt": readFileSync(crt).toString("base64"),
	};
}
