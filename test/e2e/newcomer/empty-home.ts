import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { renderSetupScript, type SetupSystem } from "../../../cli/setup-script/render-setup-script.ts";
import { loadSite } from "../../../config/load-site.ts";
import { platforms } from "../../../config/schema/newcomer.ts";
import { temporaryFolder } from "../../synth.ts";
import { zip } from "./zip.ts";

/** What the programs that are installed here print: the name that they were installed for. */
const program = (name: string) => Buffer.from(`#!/bin/sh\necho ${name}\n`);
const downloads: Readonly<Record<string, Buffer>> = {
	"/kubectl": program("kubectl"),
	"/vault.zip": zip("vault", program("vault")),
};

const sumOf = (name: string) =>
	createHash("sha256")
		.update(downloads[name] ?? "")
		.digest("hex");
const everywhere = (sum: string) =>
	Object.fromEntries(platforms.map((platform) => [platform, sum])) as Record<
		(typeof platforms)[number],
		string
	>;

/** The empty home of a new user, and a server on loopback that has the programs. */
export class EmptyHome {
	readonly path = temporaryFolder();
	/** Paths that have been asked for. */
	readonly asked: string[] = [];
	/** Programs that come before those of the machine. */
	readonly #stubs = temporaryFolder();
	#address = "";

	static async open(): Promise<EmptyHome> {
		const home = new EmptyHome();
		const server = createServer(({ url = "" }, response) => {
			home.asked.push(url);
			const path = url.replace(/\?.*/, "");
			response.writeHead(path in downloads ? 200 : 404).end(downloads[path]);
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		onTestFinished(() => void server.close());
		home.#address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		return home;
	}

	/** Puts a program of the machine aside in favour of this one. */
	stub(name: string, script: string): void {
		const file = join(this.#stubs, name);
		writeFileSync(file, script);
		chmodSync(file, 0o755);
	}

	/** Runs the script for the lab with two small programs. */
	async run(
		change: {
			readonly os?: SetupSystem;
			readonly vaultVersion?: string;
			readonly vaultSum?: string;
			readonly caPem?: string;
			readonly shell?: string;
		} = {},
	): Promise<{ code: number | null; output: string }> {
		const { newcomer } = await loadSite("lab");
		const { os = "linux", vaultSum = sumOf("/vault.zip"), vaultVersion = "1.0.0" } = change;
		const script = renderSetupScript({
			os,
			site: "lab",
			newcomer: {
				...newcomer,
				tools: {
					kubectl: {
						version: "1.0.0",
						url: `${this.#address}/kubectl?{version}-{os}-{arch}`,
						sha256: everywhere(sumOf("/kubectl")),
					},
					vault: {
						version: vaultVersion,
						url: `${this.#address}/vault.zip?{version}-{os}-{arch}`,
						archived: "vault",
						sha256: everywhere(vaultSum),
					},
				},
			},
			caPem: change.caPem ?? "-----BEGIN CERTIFICATE-----\nZHVtbXk=\n-----END CERTIFICATE-----\n",
			vaultAddress: "https://vault.lab.example.org",
		});
		const child = spawn("sh", ["-s"], {
			env: {
				HOME: this.path,
				SHELL: change.shell ?? "/bin/bash",
				PATH: `${this.#stubs}:/usr/bin:/bin`,
			},
			stdio: ["pipe", "pipe", "pipe"],
			timeout: 30_000,
		});
		child.stdin.end(script);
		let output = "";
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding("utf8").on("data", (text: string) => {
				output += text;
			});
		const [code] = await once(child, "close");
		return { code, output };
	}

	read(name: string): string {
		return readFileSync(join(this.path, name), "utf8");
	}

	write(name: string, content: string): void {
		mkdirSync(join(this.path, name, ".."), { recursive: true });
		writeFileSync(join(this.path, name), content);
	}

	/** Everything in the home: time of the last change by path. */
	files(): Record<string, number> {
		return Object.fromEntries(
			readdirSync(this.path, { recursive: true, encoding: "utf8" })
				.sort()
				.map((name) => [name, statSync(join(this.path, name)).mtimeMs]),
		);
	}
}
