import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lookForLogins } from "../../../engine/verify/logins.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";

const ready = needs("openssl");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-logins-`));
const asked = new Map<string, number>();
let server: Server | undefined;
let port = 0;

/** Answers by host, as an ingress controller does; `late` is not taken up until it was asked twice. */
beforeAll(async () => {
	if (!ready) return;
	const [key, cert] = [join(folder, "key"), join(folder, "cert")];
	const options = [
		"-newkey",
		"ec",
		"-pkeyopt",
		"ec_paramgen_curve:prime256v1",
		"-nodes",
		"-subj",
		"/CN=test",
	];
	execFileSync("openssl", ["req", "-x509", ...options, "-keyout", key, "-out", cert], { stdio: "pipe" });
	server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, ({ headers }, response) => {
		const { host = "" } = headers;
		const times = (asked.get(host) ?? 0) + 1;
		asked.set(host, times);
		if (host === "open.example.org") response.end("<html>");
		else if (host === "broken.example.org") response.writeHead(500).end();
		else if (host === "gone.example.org" || (host === "late.example.org" && times < 3))
			response.writeHead(404).end("404 page not found\n");
		else response.writeHead(302, { location: "https://login.example.org/" }).end();
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	({ port } = server.address() as AddressInfo);
});
afterAll(() => {
	server?.close();
	rmSync(folder, { recursive: true });
});

const hosts = ["well", "late", "open", "gone", "broken"].map((name) => ({
	host: `${name}.example.org`,
	paths: ["/"],
}));
const names = (looks: readonly { readonly host: string }[]) =>
	looks.map(({ host }) => host.split(".")[0]).sort();

test("hosts are open, not served, guarded or not known, and a change is given time", async () => {
	const { guarded, wrong, unknown } = await lookForLogins(hosts, {
		address: "127.0.0.1",
		port,
		settle: 1000,
		every: 50,
	});
	expect({ guarded: names(guarded), wrong: names(wrong), unknown: names(unknown) }).toEqual({
		guarded: ["late", "well"],
		wrong: ["gone", "open"],
		unknown: ["broken"],
	});
	expect(asked.get("well.example.org")).toBe(1);
});

test("what cannot be reached is not known, and not waited for", async () => {
	const started = performance.now();
	const { unknown } = await lookForLogins(hosts, { address: "127.0.0.1", port: await freePort() });
	expect(names(unknown)).toEqual(names(hosts));
	expect(performance.now() - started).toBeLessThan(5000);
});
