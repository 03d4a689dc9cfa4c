import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSite } from "../../config/load-site.ts";
import { askForge, type ForgeAccount, Gitea, giteaProgram } from "../forge/gitea.ts";
import { freePort } from "../free-port.ts";
import { labFolder } from "../lab-state.ts";
import type { Product } from "./product.ts";
import { productFacts } from "./product-facts.ts";

const name = "gitea";

/** The forge of a lab, and the owner of its repository, who administers it. */
export interface LabForge extends ForgeAccount {
	readonly address: string;
}

/** @param folder that of all products */
const accessFile = (folder: string) => join(folder, name, "access.json");

/** The forge that was started. @param folder that of all products */
export const readForge = (folder = join(labFolder, "products")): LabForge =>
	JSON.parse(readFileSync(accessFile(folder), "utf8"));

/** The forge, with the repository that the site names. */
export const gitea: Product = {
	name,
	...productFacts.gitea,
	programs: [giteaProgram],
	// Its templates are those of the module that it was built from.
	commands: ["go", "git"],
	install: async () => {},
	start: async ({ folder, site: { woodpecker }, programs }) => {
		const forge = new Gitea(folder, await freePort());
		await programs.ready(programs.run(forge.program), () => forge.isReady());
		const [login = "", repository] = woodpecker.infrastructureRepository.split("/");
		const owner = await forge.administrator(login);
		await forge.ask(owner, "POST", "/user/repos", {
			name: repository,
			private: true,
			auto_init: true,
			default_branch: woodpecker.infrastructureBranch,
		});
		const access: LabForge = { address: forge.address, ...owner };
		writeFileSync(accessFile(join(folder, "..")), JSON.stringify(access), { mode: 0o600 });
	},
	verify: async (lab) => {
		const { woodpecker } = await loadSite(lab.site);
		const { infrastructureRepository: repository, infrastructureBranch: branch } = woodpecker;
		const path = `/repos/${repository}/branches/${branch}`;
		const found = askForge(readForge(), "GET", path).then(
			() => "",
			(error: Error) => error.message,
		);
		return [{ claim: `the forge has ${repository} with a branch ${branch}`, problem: await found }];
	},
};
