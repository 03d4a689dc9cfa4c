import { code, markdownTable } from "./markdown-table.ts";

/** Every environment variable that the project reads, with what it does. A test compares the list with the code. */
export const environmentVariables: Readonly<Record<string, string>> = {
	INFRA_SITE: "Site to work on: `home`, `lab` (default), or the path of a file. `--site` comes first",
	INFRA_REGISTRY: "File with the registry of people, in the place of the site's own source",
	INFRA_LAB: "Folder of the lab (default: `.lab` in the project)",
	INFRA_SLOW: "Tests: run the cases that take a minute or more, too",
	CI: "As CI servers set it. Tests: the same as `INFRA_SLOW`; `plan` and `deploy`: no provider but the locked ones",
	CDKTF_OUTDIR: "Folder that receives the synthesised stacks (default: `cdktf.out` in the project)",
	TERRAFORM_BINARY_NAME: "Program that plans and applies (default: `terraform`, else `tofu`)",
	VAULT_ADDR: "Address of Vault (default: the site's)",
	VAULT_TOKEN: "Token for Vault (default: that of `vault login`)",
	CLOUDFLARE_API_TOKEN: "Token for the zone at its provider; without it `drift` asks the zone's name servers",
	INFRA_STATE_LOCK:
		"`file`: lock a state that is kept encrypted in this checkout alone, while its Vault is lost (default: `vault`, and the checkout)",
	INFRA_MEMORY:
		"Folder in memory for what Terraform writes in the clear (default: `XDG_RUNTIME_DIR`, else `/dev/shm`)",
	XDG_RUNTIME_DIR: "Folder in memory that belongs to this user",
	XDG_STATE_HOME:
		"Encrypted states that could not be written to their place lie in `infra` below it (default: `~/.local/state`)",
	SOPS_AGE_KEY_FILE:
		"Private keys of age that open encrypted states (default: `~/.config/sops/age/keys.txt`)",
	INFRA_FORGE_TOKEN:
		"Token for the site's forge: `review --post`, `proposal`, `deploy --reviewed`, `drift --issues`",
	INFRA_CI_TOKEN:
		"Token for the site's CI server, of an administrator of the repository: `ci check`, `ci apply`",
	PG_CONN_STR:
		"Where `infra adopt` finds a state `pg:SCHEMA`, with its login, as the PostgreSQL backend of Terraform reads it",
	PGPASSWORD:
		"Password of the state database; `infra bootstrap` and pipelines take it from Vault where Vault rotates it",
	KUBEBUILDER_ASSETS: "Folder that is looked into first for the lab's programs",
	XDG_CACHE_HOME:
		"Programs that were built for the lab, providers and renderings of other revisions lie in `infra` below it (default: `~/.cache`)",
	NODE_COMPILE_CACHE: "Folder of Node.js' compile cache (default: in `node_modules`)",
	NO_COLOR: "No colours in any output",
	SHELL: "Program that `infra lab shell` starts (default: `sh`)",
	PATH: "Where programs are looked for; `node_modules/.bin` comes first",
	BENCH_RUNS: "Benchmarks: how often each command runs",
	BENCH_NPM_CI: "Benchmarks: measure an installation as well",
};

export function environmentTable(): string {
	return markdownTable(
		["Variable", "Meaning"],
		Object.entries(environmentVariables).map(([name, meaning]) => [code(name), meaning]),
	);
}
