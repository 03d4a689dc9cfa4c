import { readFileSync } from "node:fs";
import type { Release } from "@cdktf/provider-helm/lib/release/index.js";
import { Audit } from "@cdktf/provider-vault/lib/audit/index.js";
import { RaftAutopilot } from "@cdktf/provider-vault/lib/raft-autopilot/index.js";
import { Construct } from "constructs";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { ConfigFiles } from "../../kubernetes/config-files.ts";
import { HelmChart } from "../../kubernetes/helm-chart.ts";
import { IngressPolicy } from "../../kubernetes/ingress-policy.ts";
import type { TieredNamespace } from "../../kubernetes/namespace.ts";
import { siteOf } from "../../site.ts";
import { serverPaths, serverPorts } from "./raft-config.ts";
import { serverName, vaultValues } from "./values.ts";

export interface VaultServerProps {
	readonly namespace: TieredNamespace;
	/** Namespaces whose pods may use the API. */
	readonly clients: readonly string[];
}

/**
 * Silence after which a server counts as gone: longer than a node takes to be drained, updated and started again. Spelled as the
 * server answers, or no plan would ever be empty.
 */
const goneAfter = "1h0m0s";

/** Reads a script of the server's folder. */
export const vaultScript = (name: string) =>
	readFileSync(new URL(`./scripts/${name}`, import.meta.url), "utf8");

/**
 * Raft servers from the official chart that unseal themselves. The release is not atomic: servers start sealed and not
 * ready, so a first installation would be rolled back before an operator could initialise it.
 */
export class VaultServer extends Construct {
	/** For `dependsOn` of everything that uses the API. */
	readonly release: Release;
	readonly #replicas: number;

	constructor(scope: Construct, id: string, { namespace, clients }: VaultServerProps) {
		super(scope, id);
		const { server } = siteOf(this).vault;
		if (server.kind !== "chart") throw new VisibleError("vault.server: the server is not one of this stack");
		this.#replicas = server.replicas;
		const script = "vault-auto-unseal";
		const scripts = new ConfigFiles(this, "scripts", {
			namespace,
			name: script,
			files: { "auto-unseal.sh": vaultScript("auto-unseal.sh") },
		});
		const chart = new HelmChart(this, "release", {
			namespace,
			name: serverName,
			chart: server.chart,
			values: vaultValues(siteOf(this), script),
			atomic: false,
			timeoutSeconds: 600,
			dependsOn: [scripts.resource],
		});
		chart.waive(
			"config-rolls-readers",
			["StatefulSet/vault"],
			"Servers are replaced one by one, by hand: restarting all at once would seal them all (docs/runbooks/vault.md).",
		);
		chart.waive(
			"memory-set",
			["Pod/vault-server-test"],
			"The chart makes this pod for `helm test` alone, which nothing here runs.",
		);
		this.release = chart.resource;
		new IngressPolicy(this, "clients", {
			pods: {
				namespace,
				name: serverName,
				replicas: server.replicas,
				selector: { "app.kubernetes.io/name": "vault", component: "server" },
				ports: serverPorts,
			},
			allow: [
				{ namespaces: [namespace.literalName], ports: ["api", "cluster"] },
				{ namespaces: clients, ports: ["api"] },
			],
		});
	}

	/**
	 * Takes servers that are gone out of the vote: those of before, once the site has fewer, and one whose volume came back under
	 * another name. They would count for the majority for ever. While no more are members than the site has, none is taken out,
	 * however long it is away.
	 */
	removeGoneServers(): void {
		new RaftAutopilot(this, "autopilot", {
			cleanupDeadServers: true,
			deadServerLastContactThreshold: goneAfter,
			minQuorum: this.#replicas,
		});
	}

	/**
	 * Writes every request to the audit volume and to the log of the pod. Vault refuses requests that it cannot record
	 * anywhere: with one device, a full volume would stop it.
	 */
	audit(): void {
		new Audit(this, "audit-file", {
			type: "file",
			options: { file_path: `${serverPaths.audit}/vault-audit.log` },
		});
		new Audit(this, "audit-log", { path: "stdout", type: "file", options: { file_path: "stdout" } });
	}
}
