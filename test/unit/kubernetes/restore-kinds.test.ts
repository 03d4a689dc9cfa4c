import { expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { restoreKinds } from "../../../config/schema/backup.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import { claimsSavedBy } from "../../../world/volume-backups.ts";
import { testApp } from "../../synth.ts";

/** Text of a resource, as Terraform gets it. */
const textOf = ({ resource }: { readonly resource: { readonly arguments: unknown } }) =>
	JSON.stringify(resource.arguments);

test.for(["home", "lab"] as const)(
	"site %s shows data of every kind to come back, and is told when it does not",
	async (name) => {
		const app = await testApp(await loadStacks(), await loadSite(name));
		const { documents } = app.check();
		const { all } = kubernetesObjects({ site: app.site, stacks: documents });
		const jobs = all.filter(({ kind }) => kind === "cron_job");
		const proofs = jobs.filter((job) => textOf(job).includes("/scripts/run-proof.sh"));
		const kinds = proofs.map((job) => /"name":"KIND","value":"(\w+)"/.exec(textOf(job))?.[1]);
		const inCluster = Object.entries(restoreKinds).flatMap(([kind, place]) =>
			place === "cluster" ? [kind] : [],
		);
		// An external Vault is backed up by whoever runs it.
		const here = inCluster.filter((kind) => kind !== "vault" || app.site.vault.server.kind === "chart");
		expect(kinds.sort()).toEqual(here.sort());

		// Whatever makes copies has a proof of its own.
		for (const job of jobs)
			if (claimsSavedBy(job).length > 0 || textOf(job).includes("/scripts/run-backup.sh"))
				expect(proofs.map((proof) => `${proof.namespace}/${proof.name}`)).toContain(
					`${job.namespace}/${job.name}-proof`,
				);

		const rules = all
			.filter(({ kind }) => kind === "config_map")
			.map(textOf)
			.join("\n");
		for (const [kind, place] of Object.entries(restoreKinds))
			if (place === "host" || here.includes(kind))
				expect(rules).toContain(`backup_restore_verified_timestamp{kind=\\\\\\"${kind}\\\\\\"}`);
	},
);
