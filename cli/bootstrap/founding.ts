import { isAbsolute, resolve } from "node:path";
import { loginVariables, useLogin, vaultAccess } from "../../clients/vault/access.ts";
import type { VaultAccess } from "../../clients/vault/ask-vault.ts";
import { loadRegistry } from "../../clients/vault/load-registry.ts";
import type { ChosenSite } from "../../config/load-site.ts";
import { projectRoot } from "../../config/project-root.ts";
import { parseRegistry } from "../../config/registry/parse-registry.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { outputFolder } from "../../config/site-choice.js";
import { openStacks } from "../../engine/open-stacks.ts";
import type { Project } from "../../engine/project.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { World } from "../../world/world.ts";
import type { Entries } from "./entries.ts";
import { isAdministrator } from "./login.ts";
import { type NeededEntry, neededEntries } from "./needed-entries.ts";
import { Safe } from "./safe.ts";
import type { KvEngine } from "./write-entries.ts";

export interface FoundingOptions {
	/** File with values of entries; `-` is the standard input. */
	readonly values?: string | undefined;
	/** Folder with copies of what was lost. */
	readonly backups?: string | undefined;
	/** Claims, as `namespace/name`, whose volumes may begin empty. */
	readonly empty: readonly string[];
	/** The storage host is this machine. */
	readonly local: boolean;
	readonly verbose: boolean;
}

/** What the steps of one run share. */
export class Founding {
	readonly project: Project;
	/** The site, with the address at which its Vault is reached from here. */
	readonly site: ChosenSite;
	readonly options: FoundingOptions;
	readonly safe: Safe;
	#token: string | undefined;
	#full: Promise<InfraApp> | undefined;

	private constructor(project: Project, site: ChosenSite, options: FoundingOptions) {
		this.project = project;
		const address = process.env.VAULT_ADDR || site.vault.address;
		this.site = { ...site, vault: { ...site.vault, address } };
		this.options = options;
		this.safe = new Safe(site);
	}

	/** @throws UsageError for a site that has no keys of age, or whose Vault is not meant to be founded */
	static async of(project: Project, options: FoundingOptions): Promise<Founding> {
		const site = await project.loadSite();
		if (site.vault.phase === "server")
			throw new UsageError(
				`site ${site.name}: vault.phase is server, which leaves out what Vault has in it`,
				"set it to full: this command passes through both phases",
			);
		return new Founding(project, site, options);
	}

	/** Vault, and the login that was found for it. */
	get vault(): KvEngine {
		const { address, kvMount } = this.site.vault;
		if (this.#token === undefined) throw new UsageError("there is no login to Vault yet");
		return { address, token: this.#token, mount: kvMount };
	}

	/** A token that may do everything: the root token of the safe while it is valid, else that of this user. */
	async loginIsHere(): Promise<string | undefined> {
		const { address } = this.site.vault;
		const { rootToken } = await this.safe.open();
		if (rootToken !== undefined) {
			if (await isAdministrator({ address, token: rootToken })) return rootToken;
			await this.safe.change({ rootToken: undefined });
		}
		const own = await vaultAccess(this.site).catch(() => undefined);
		return own && (await isAdministrator({ address, token: own.token })) ? own.token : undefined;
	}

	/** Lets everything that runs from here on use this login, Terraform and SOPS included. */
	logIn(token: string): void {
		this.#token = token;
		useLogin({ address: this.site.vault.address, token });
	}

	/** Folder of the synthesised stacks. */
	get output(): string {
		const { project } = this;
		const choice = project.choice();
		const folder = choice.outdir ?? outputFolder(choice);
		return isAbsolute(folder) ? folder : resolve(projectRoot, folder);
	}

	/** Stacks that this run has changed. */
	readonly changed = new Set<string>();

	/** Names of those whose workloads this run has not waited for yet. */
	readonly unawaited = new Set<string>();

	/** The whole platform, for the registry as it is now. */
	fullApp(): Promise<InfraApp> {
		this.#full ??= this.#registry().then((registry) => this.project.openApp(registry, this.site));
		return this.#full;
	}

	/** Entries that the platform reads, for the registry as it is now. */
	async needed(): Promise<readonly NeededEntry[]> {
		const { site, ...app } = await this.world();
		return neededEntries({ site, ...app });
	}

	async world(): Promise<World> {
		const app = await this.fullApp();
		return { site: app.site, stacks: app.check().documents };
	}

	/** Names of stacks in the order in which they are applied. */
	get stacks(): readonly string[] {
		return this.project.catalogue.map(({ name }) => name);
	}

	/** Names of those before the one that makes Vault. */
	get early(): readonly string[] {
		return this.stacks.slice(0, this.stacks.indexOf("vault"));
	}

	/** Of Terraform: with the login that was found. */
	get environment(): NodeJS.ProcessEnv {
		return { ...process.env, ...loginVariables() };
	}

	/** Folder of one stack of an app. */
	async open(app: InfraApp, name: string): Promise<WorkingDirectory> {
		const selected = this.project.catalogue.filter((facts) => facts.name === name);
		const { verbose } = this.options;
		const [folder] = await openStacks(app, selected, { verbose, env: this.environment });
		if (folder === undefined) throw new UsageError(`stack ${name} was not synthesised`);
		return folder;
	}

	/** The platform while its Vault has nothing in it; what it reads comes from another one. */
	appBefore({ address }: Pick<VaultAccess, "address">): Promise<InfraApp> {
		const { site } = this;
		return this.project.openApp(undefined, { ...site, vault: { ...site.vault, address, phase: "server" } });
	}

	/** From its file or from Vault; while Vault has none, what is to be written there. */
	async #registry(): Promise<Registry> {
		const { site } = this;
		const { source } = site.registry;
		if (site.registryFile !== undefined || source.kind === "file" || this.#token !== undefined)
			return loadRegistry(site);
		const { entries = {} } = await this.safe.open();
		const text = entries[source.path]?.[source.key] ?? "{}";
		return parseRegistry(text, "registry", Object.keys(site.virtualHosts));
	}

	/** Another registry may be there now, or another Vault. */
	forgetWorld(): void {
		this.#full = undefined;
	}

	/** Entries of stacks that are applied while Vault is not there. */
	async earlyEntries(): Promise<Entries> {
		const { entries = {} } = await this.safe.open();
		const early = new Set(
			(await this.needed())
				.filter(({ stacks }) => stacks.some((stack) => this.early.includes(stack)))
				.map(({ path }) => path),
		);
		return Object.fromEntries(Object.entries(entries).filter(([path]) => early.has(path)));
	}
}
