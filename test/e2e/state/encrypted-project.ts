import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { terraformTool } from "../../../engine/binary.ts";
import { probe } from "../../../engine/probe.ts";
import { newAgeKey } from "../../../lab/age-key.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { infra, type StartOptions } from "../../cli/infra-process.ts";
import { filesWith } from "../harness/files-with.ts";

const terraform = await probe(terraformTool);
export const sops = findProgram("sops");

/** Why nothing can be tried on this machine; empty where it can. */
export const missing = [
	...(sops === undefined ? ["sops is not on this machine: infra lab build --all"] : []),
	...(terraform.state === "ok" ? [] : [`needs Terraform or OpenTofu ${terraformTool.needed}`]),
	...(existsSync("/dev/shm") ? [] : ["there is no /dev/shm"]),
].join("; ");

export interface EncryptedProjectOptions {
	/** Stacks of the fake world. @default storage with one object */
	readonly world?: object;
	/** @default Vault is not there yet */
	readonly vault?: { readonly address: string; readonly token: string };
}

/** A checkout whose stacks keep their state encrypted, in a folder of its own; what it has in memory is there as well. */
export function encryptedProject(
	{ onTestFinished }: Pick<TestContext, "onTestFinished">,
	{ world, vault }: EncryptedProjectOptions = {},
) {
	const folder = mkdtempSync(join(tmpdir(), "infra-encrypted-"));
	const memory = mkdtempSync("/dev/shm/infra-test-");
	onTestFinished(() => {
		for (const path of [folder, memory]) rmSync(path, { recursive: true, force: true });
	});
	const { recipient, identity } = newAgeKey();
	const keys = join(folder, "keys.txt");
	writeFileSync(keys, identity);
	const environment: NodeJS.ProcessEnv = {
		CDKTF_OUTDIR: join(folder, "out"),
		FAKE_SITE: "mine",
		FAKE_STATE: JSON.stringify({ kind: "encrypted", directory: "state", recipients: [recipient] }),
		FAKE_WORLD: JSON.stringify(world ?? { storage: { a: { input: "1" } } }),
		...(vault && { FAKE_VAULT: vault.address, VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token }),
		HOME: folder,
		INFRA_MEMORY: memory,
		SOPS_AGE_KEY_FILE: keys,
		XDG_CACHE_HOME: join(process.env.XDG_CACHE_HOME || join(process.env.HOME ?? "", ".cache")),
		XDG_STATE_HOME: join(folder, "home-state"),
	};
	const stateFolder = join(folder, "state", "storage");
	const file = join(stateFolder, "terraform.tfstate.enc");
	const openFile = (path: string) =>
		execFileSync(sops ?? "sops", ["decrypt", path], { env: { ...process.env, ...environment } }).toString();
	return {
		folder,
		memory,
		stateFolder,
		file,
		recipient,
		environment,
		run: (args: string, more: NodeJS.ProcessEnv = {}, onOutput: StartOptions["onOutput"] = () => {}) =>
			infra(args.split(" "), {
				program: "test/cli/fake-infra.ts",
				env: { ...environment, ...more },
				onOutput,
			}),
		/** The plain engine. */
		cdktf: (args: string, more: NodeJS.ProcessEnv = {}) =>
			infra([...args.split(" "), "--app", `${process.execPath} test/cli/fake-infra.ts synth`], {
				program: "cli/bin/cdktf.js",
				env: { ...environment, ...more },
			}),
		/** The state as SOPS itself gives it, without anything of ours. */
		opened: (path = file) => JSON.parse(openFile(path)) as OpenedState,
		openedText: openFile,
		journal: (): Record<string, unknown>[] =>
			readFileSync(join(stateFolder, "journal.jsonl"), "utf8")
				.trimEnd()
				.split("\n")
				.map((line) => JSON.parse(line)),
		/** Files on the disk and in memory that have a text in the clear. */
		filesWith: (text: string) => [folder, memory].flatMap((root) => filesWith(root, text)),
		write(name: string, text: string) {
			mkdirSync(stateFolder, { recursive: true });
			writeFileSync(join(stateFolder, name), text);
		},
	};
}

interface OpenedState {
	readonly serial: number;
	readonly lineage: string;
	readonly outputs: { readonly site: { readonly value: string } };
	readonly resources: readonly {
		readonly name: string;
		readonly instances: readonly { readonly attributes: { readonly id: string } }[];
	}[];
}

/** A value that only the state has: Terraform makes it at the apply. */
export const secretOf = ({ resources: [resource] }: OpenedState) =>
	resource?.instances[0]?.attributes.id ?? "no secret";
