import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printProgress } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function certificateCommand(project: Project) {
	return new Command("certificate")
		.description("the certificate of the site's hosts: what Vault has, and a new one from the authority")
		.addHelpText(
			"after",
			examples(
				["infra certificate check", "0 it is good, 2 it is to be renewed or not yet in use, 1 error"],
				["infra certificate renew", "only when it is due; the key goes to Vault and nowhere else"],
			),
		)
		.addCommand(checkCommand(project))
		.addCommand(renewCommand(project));
}

function checkCommand(project: Project) {
	return new Command("check")
		.description("say what the entry in Vault has, and what is wrong with it")
		.option("--json", "print it as JSON")
		.option("--push", "push what alerts look at to the site's Pushgateway")
		.option("--pushgateway <url>", "another address of it")
		.action(async ({ json = false, push = false, pushgateway }) => {
			const [{ vaultAccess }, { keptCertificate }, { printKept }, { pushCertificate }] = await Promise.all([
				import("../../clients/vault/access.ts"),
				import("../certificate/renew.ts"),
				import("../certificate/print-kept.ts"),
				import("../certificate/push-certificate.ts"),
			]);
			const site = await project.loadSite();
			const kept = await keptCertificate(site, await vaultAccess(site));
			if (push || pushgateway !== undefined) await pushCertificate(site, kept, pushgateway);
			process.exitCode = printKept(site, kept, json);
		});
}

function renewCommand(project: Project) {
	return new Command("renew")
		.description(
			"order a new certificate when it is due, prove the domains by records, and write it to Vault",
		)
		.option("--force", "also when it is not due")
		.addHelpText(
			"after",
			"\nTakes CLOUDFLARE_API_TOKEN, which may edit records of the site's zones, and a token of Vault that may write the entry.",
		)
		.action(async ({ force = false }) => {
			const [
				{ vaultAccess },
				{ keptCertificate, renewCertificate },
				{ printKept, sayNext },
				{ provenZones },
			] = await Promise.all([
				import("../../clients/vault/access.ts"),
				import("../certificate/renew.ts"),
				import("../certificate/print-kept.ts"),
				import("../certificate/proven-zones.ts"),
			]);
			const { handleInterrupts } = await import("../../terminal/interruption.ts");
			const site = await project.loadSite();
			const vault = await vaultAccess(site);
			const kept = await keptCertificate(site, vault);
			if (kept.faults.length === 0 && !force) {
				printKept(site, kept, false);
				return;
			}
			for (const fault of kept.faults) printProgress(`the certificate is to be renewed: ${fault}`);
			handleInterrupts();
			const version = await renewCertificate(site, vault, kept, await provenZones(site));
			print(sayNext(site, version));
		});
}
