import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { askVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { findProgram } from "../../lab/find-program.ts";
import { freePort } from "../../lab/free-port.ts";
import { vaultPrograms } from "../../lab/vault-server.ts";
import { interruption } from "../../terminal/interruption.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** Ends the server when the pipe to this process closes, however that happens. */
const watch = '"$@" & server=$!; read -r _; kill "$server"; wait "$server"';

/**
 * Runs a task beside a Vault-compatible server in memory on loopback. What is applied before Vault is there reads its
 * secrets from it: volumes need a token and a passphrase, and Vault needs a volume.
 *
 * @throws UsageError without a program
 */
export async function withVaultInMemory<T>(task: (access: VaultAccess) => Promise<T>): Promise<T> {
	const program = findProgram(...vaultPrograms);
	if (program === undefined)
		throw new UsageError(
			`${vaultPrograms.join(" or ")} is not on the PATH: it serves secrets while Vault is not there`,
			"install one of them",
		);
	const token = randomBytes(18).toString("hex");
	const access = { address: `http://127.0.0.1:${await freePort()}`, token };
	const args = [
		"server",
		"-dev",
		`-dev-listen-address=${new URL(access.address).host}`,
		"-dev-no-store-token",
	];
	const child = spawn("sh", ["-c", watch, "sh", program, ...args], {
		cwd: "/",
		// Its output has the token in it, the list of processes its arguments.
		stdio: ["pipe", "ignore", "ignore"],
		env: { PATH: process.env.PATH, BAO_DEV_ROOT_TOKEN_ID: token, VAULT_DEV_ROOT_TOKEN_ID: token },
		detached: true,
	});
	const ended = new Promise<void>((resolve) =>
		child.on("close", () => resolve()).on("error", () => resolve()),
	);
	try {
		await answering(access, () => child.exitCode !== null);
		return await task(access);
	} finally {
		child.stdin.end();
		await ended;
	}
}

async function answering(access: VaultAccess, hasEnded: () => boolean): Promise<void> {
	for (let waited = 0; waited < 15_000; waited += 100) {
		interruption.throwIfAborted();
		// A server in development mode mounts its engine after it has begun to answer.
		const is = await askVault(access, { path: ["sys", "mounts", "secret"] }).catch(() => undefined);
		if (is !== undefined) return;
		if (hasEnded()) break;
		await sleep(100);
	}
	throw new UsageError("the Vault-compatible server in memory does not start", "bao server -dev says why");
}
