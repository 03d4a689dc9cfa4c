import { afterEach, expect, test, vi } from "vitest";
import { loadTenants } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";

const home = await loadSite("home");

afterEach(() => vi.unstubAllEnvs());

test("no server is asked for tenants before it has been initialised", async () => {
	// A port that no program of another test gets, and no connection leaves from.
	vi.stubEnv("VAULT_ADDR", "http://127.0.0.1:2");
	const { vault } = home;
	expect(await loadTenants({ ...home, vault: { ...vault, phase: "server" } })).toBeUndefined();
	await expect(loadTenants({ ...home, vault: { ...vault, phase: "full" } })).rejects.toThrow(
		"registry secret/platform: 1 problem(s)",
	);
});
