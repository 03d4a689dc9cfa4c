import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clusterCa } from "../../cli/setup-script/cluster-ca.ts";
import { renderSetupScript } from "../../cli/setup-script/render-setup-script.ts";
import { loadSite } from "../../config/load-site.ts";
import { temporaryFolder } from "../synth.ts";
import { infra } from "./infra-process.ts";

const pem = "-----BEGIN CERTIFICATE-----\nZHVtbXk=\n-----END CERTIFICATE-----\n";

function file(name: string, content: string): string {
	const path = join(temporaryFolder(), name);
	writeFileSync(path, content);
	return path;
}

const kubeconfig = (cluster: object) =>
	file(
		"config",
		JSON.stringify({
			clusters: [
				{ name: "other", cluster: {} },
				{ name: "home", cluster },
			],
			contexts: [{ name: "admin", context: { cluster: "home" } }],
			"current-context": "admin",
		}),
	);

test("a script lists the programs of its own system only", async () => {
	const { newcomer, vault } = await loadSite("home");
	const script = renderSetupScript({
		os: "macos",
		site: "home",
		newcomer,
		caPem: pem,
		vaultAddress: vault.address,
	});
	const version = newcomer.tools.vault?.version;
	expect(script).toContain(
		`\nvault ${version} vault darwin-amd64 https://releases.hashicorp.com/vault/${version}/`,
	);
	expect(script).not.toMatch(/linux-amd64|>>> parameters/);
});

test("no value of a site ends the text that it is part of", async () => {
	const { newcomer } = await loadSite("lab");
	const oidc = { ...newcomer.oidc, clientId: "it's $& `id`" };
	const script = renderSetupScript({
		os: "linux",
		site: "lab",
		newcomer: { ...newcomer, oidc },
		caPem: pem,
		vaultAddress: "http://127.0.0.1:8200",
	});
	expect(script).toContain("- --oidc-client-id=it'\\''s $& `id`\n");
});

test("the certificate is the one of the kubeconfig's current context", async () => {
	const embedded = kubeconfig({ "certificate-authority-data": Buffer.from(pem).toString("base64") });
	expect(await clusterCa({ kubeconfig: embedded })).toBe(pem);
	expect(await clusterCa({ kubeconfig: kubeconfig({ "certificate-authority": file("ca.crt", pem) }) })).toBe(
		pem,
	);
});

test("a kubeconfig without a certificate is refused instead of becoming an empty field", async () => {
	const empty = kubeconfig({});
	await expect(clusterCa({ kubeconfig: empty })).rejects.toThrow(
		`the certificate of the cluster: ${empty} has none`,
	);
});

test("a file that is no certificate is refused", async () => {
	await expect(clusterCa({ file: file("ca.crt", "hello\n"), kubeconfig: "" })).rejects.toThrow("has none");
});

test("a system that there is no script for is answered with those that there are", async () => {
	expect(await infra(["setup-script", "--os", "plan9"])).toEqual({
		code: 1,
		stdout: "",
		stderr: "error: option '--os <os>' argument 'plan9' is invalid. Allowed choices are linux, macos.\n",
	});
});

test("the command prints the script of the site, and without a certificate it prints none", async () => {
	const { code, stdout } = await infra(["setup-script", "--os", "linux", "--ca-file", file("ca.crt", pem)]);
	expect({ code, first: stdout.split("\n")[0], last: stdout.trimEnd().split("\n").at(-1) }).toEqual({
		code: 0,
		first: "#!/bin/sh",
		last: 'say "done. Open a new terminal, then: vault login -method=oidc"',
	});
	const missing = await infra(["setup-script", "--os", "linux", "--ca-file", "/nowhere/ca.crt"]);
	expect(missing).toMatchObject({ code: 1, stdout: "" });
	expect(missing.stderr).toContain("/nowhere/ca.crt cannot be read (ENOENT)\n  help: name a PEM file:");
});
