import { expect, test } from "vitest";
import { logins } from "../../../cli/as/identity-environment.ts";
import { loadSite } from "../../../config/load-site.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { testApp } from "../../synth.ts";

const stacks = await loadStacks();

/** Variables without a default, by which a plan stops where nobody gives them. */
async function asked(site: string): Promise<string[]> {
	const { documents } = (await testApp(stacks, await loadSite(site))).check();
	return documents.flatMap(({ json }) =>
		Object.entries((json.variable ?? {}) as Record<string, object>).flatMap(([name, variable]) =>
			"default" in variable ? [] : [name],
		),
	);
}

test.for(["home", "lab"])(
	"a pipeline may be given every variable that a stack of %s asks for",
	async (site) => {
		expect(logins).toEqual(expect.arrayContaining((await asked(site)).map((name) => `TF_VAR_${name}`)));
	},
);

test("the machines of home ask for one", async () => {
	expect(await asked("home")).not.toEqual([]);
});
