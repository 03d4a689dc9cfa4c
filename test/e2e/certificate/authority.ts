import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { axios } from "acme-client";
import { dnsApi } from "../../../lab/dns-api/server.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { Daemon } from "../harness/daemon.ts";
import { freePort } from "../harness/free-port.ts";
import { waitFor } from "../harness/wait-for.ts";

const loopback = "127.0.0.1";

/** An authority (pebble) and the only name server that it asks, both on loopback. */
export class Authority {
	readonly directory: string;
	readonly nameServer: string;
	readonly #daemons: readonly Daemon[];
	readonly #names: string;

	private constructor(folder: string, ports: readonly number[]) {
		const [acme = 0, management = 0, names = 0, dns = 0, unused = 0] = ports;
		const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
		execFileSync(
			"openssl",
			[
				...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
				...["-subj", "/CN=authority", "-addext", `subjectAltName=IP:${loopback}`],
				...["-keyout", key, "-out", certificate],
			],
			{ stdio: "ignore" },
		);
		const config = join(folder, "config.json");
		writeFileSync(
			config,
			JSON.stringify({
				pebble: {
					listenAddress: `${loopback}:${acme}`,
					managementListenAddress: `${loopback}:${management}`,
					certificate,
					privateKey: key,
					httpPort: unused,
					tlsPort: unused,
					domainBlocklist: ["blocked.example"],
					retryAfter: { authz: 1, order: 1 },
					keyAlgorithm: "ecdsa",
					profiles: { default: { description: "the only one", validityPeriod: 7_776_000 } },
				},
			}),
		);
		this.directory = `https://${loopback}:${acme}/dir`;
		this.nameServer = `${loopback}:${dns}`;
		this.#names = `http://${loopback}:${names}`;
		const program = (name: string) => findProgram(name) ?? name;
		const off = ["-http01", "", "-https01", "", "-doh", "", "-tlsalpn01", "", "-defaultIPv6", ""];
		this.#daemons = [
			new Daemon(
				program("pebble-challtestsrv"),
				["-management", `${loopback}:${names}`, "-dnsserver", this.nameServer, ...off],
				{ logFile: join(folder, "names.log") },
			),
			new Daemon(program("pebble"), ["-config", config, "-dnsserver", this.nameServer, "-strict"], {
				logFile: join(folder, "pebble.log"),
				// Without the first it waits up to five seconds before each look at a record.
				env: { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_AUTHZREUSE: "0" },
			}),
		];
		axios.defaults.httpsAgent = new Agent({ ca: readFileSync(certificate) });
	}

	static async start(folder: string): Promise<Authority> {
		const authority = new Authority(folder, await Promise.all(Array.from({ length: 5 }, freePort)));
		await waitFor(
			"the authority answers",
			async () => (await axios.get(authority.directory)).status === 200,
			{
				within: 10_000,
			},
		);
		return authority;
	}

	/** Makes the name server answer with these texts for a name, and no others. */
	async publish(name: string, texts: readonly string[]): Promise<void> {
		await this.#tell("clear-txt", { host: `${name}.` });
		for (const value of texts) await this.#tell("set-txt", { host: `${name}.`, value });
	}

	/** What the authority has asked about a name. */
	async asked(name: string): Promise<number> {
		return ((await this.#tell("dns-request-history", { host: name })) as unknown[]).length;
	}

	async stop(): Promise<void> {
		for (const daemon of this.#daemons) await daemon.stop();
	}

	async #tell(what: string, body: object): Promise<unknown> {
		const response = await fetch(`${this.#names}/${what}`, { method: "POST", body: JSON.stringify(body) });
		const text = await response.text();
		return text === "" ? undefined : JSON.parse(text);
	}
}

export interface Provider {
	/** For the site. */
	readonly baseUrl: string;
	readonly server: Server;
	/** Names and contents of the zone's TXT records. */
	readonly texts: () => Promise<readonly (readonly [name: string, content: string])[]>;
	/** Asks the API itself. */
	readonly ask: (method: string, path: string, body?: object) => Promise<unknown>;
}

/** A DNS provider with one zone, whose texts the name server of the authority has a moment after each change. */
export async function provider(authority: Authority, zone: { readonly id: string; readonly domain: string }) {
	const server = dnsApi({
		token: "token",
		domain: zone.domain,
		zoneId: zone.id,
		accountId: "",
		tunnelId: "",
	});
	await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
	const baseUrl = `http://${loopback}:${(server.address() as AddressInfo).port}/client/v4`;
	const ask = async (method: string, path: string, body?: object) => {
		const response = await fetch(`${baseUrl}/zones/${zone.id}/dns_records${path}`, {
			method,
			headers: { authorization: "Bearer token" },
			...(body ? { body: JSON.stringify(body) } : {}),
		});
		return ((await response.json()) as { result: unknown }).result;
	};
	const texts = async () =>
		((await ask("GET", "?per_page=100&page=1")) as { type: string; name: string; content: string }[])
			.filter(({ type }) => type === "TXT")
			.map(({ name, content }) => [name, content] as const);
	const name = `_acme-challenge.${zone.domain}`;
	server.on("request", ({ method }, response) => {
		if (method === "GET") return;
		response.on("finish", async () =>
			authority.publish(
				name,
				(await texts()).filter(([of]) => of === name).map(([, content]) => content.replaceAll('"', "")),
			),
		);
	});
	return { baseUrl, server, texts, ask } satisfies Provider;
}
