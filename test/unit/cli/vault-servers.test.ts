import { describe, expect, test } from "vitest";
import { type AskCluster, requireAllEmpty } from "../../../cli/bootstrap/vault-servers.ts";
import { loadSite } from "../../../config/load-site.ts";

/** What one server says: its status as `vault status -format=json` prints it; `off` answers nothing, but has a volume. */
type Server = "empty" | "sealed" | "off" | "gone";

/** Answers as kubectl does for three servers. */
function cluster(servers: readonly Server[]): AskCluster {
	return async (_, args) => {
		const ordinal = Number(args.join(" ").match(/vault-(\d)/)?.[1]);
		const server = servers[ordinal];
		if (args.includes("exec"))
			return server === "empty" || server === "sealed"
				? { code: 2, stdout: JSON.stringify({ initialized: server === "sealed", sealed: true }), stderr: "" }
				: { code: 1, stdout: "", stderr: "error: unable to upgrade connection: container not found" };
		return { code: 0, stdout: server === "gone" ? "" : "pvc-1", stderr: "" };
	};
}

const home = await loadSite("home");
const refusal = (servers: readonly Server[]) =>
	requireAllEmpty(home, cluster(servers)).then(
		() => "none",
		(error: Error) => error.message,
	);

describe("Vault is initialised", () => {
	test.for<[what: string, servers: Server[]]>([
		["when all servers are empty", ["empty", "empty", "empty"]],
		["when one that does not answer has no volume", ["empty", "empty", "gone"]],
	])("%s", async ([, servers]) => {
		expect(await refusal(servers)).toBe("none");
	});

	test.for<[what: string, servers: Server[], message: RegExp]>([
		[
			"beside servers that have lost nothing",
			["empty", "sealed", "sealed"],
			/^Vault is not empty: vault-1, vault-2 are/,
		],
		[
			"beside one that has what the rest lost",
			["empty", "empty", "sealed"],
			/^Vault is not empty: vault-2 is/,
		],
		[
			"while one that has a volume does not answer",
			["empty", "off", "empty"],
			/^vault-1 has a volume and does not answer/,
		],
	])("not %s", async ([, servers, message]) => {
		expect(await refusal(servers)).toMatch(message);
	});

	test("not while the cluster does not say whether there is a volume", async () => {
		const silent: AskCluster = async () => ({ code: 1, stdout: "", stderr: "connection refused" });
		await expect(requireAllEmpty(home, silent)).rejects.toThrow(
			/claim vault\/data-vault-0 cannot be read: connection refused/,
		);
	});
});
