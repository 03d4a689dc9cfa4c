import { parseSite } from "../../../../config/parse-site.ts";
import lab from "../../../../config/sites/lab.ts";
import { mergePatch } from "../../../merge-patch.ts";
import { worldOf } from "../../../policy/world.ts";
import { planned } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const site = (patch: object) => ({ ...worldOf({}), site: parseSite(mergePatch(lab, patch)) });
const of = (stack: string, patch: object) => {
	const one = planned({ before: site({}), after: site(patch) });
	return { ...one, summary: { ...one.summary, stack } };
};

export const outsideTerraform: ClassCases = {
	finds: {
		"a health check of the edge changes": {
			planned: of("mailserver", { mail: { edge: { check: { interval: "4s" } } } }),
			findings: ["caution: the objects of HAProxy on the router change with the site"],
		},
		"Vault moves for those who log in": {
			planned: of("platform", { vault: { address: "https://vault.example.net" } }),
			findings: ["caution: the programs and addresses on the machines of newcomers change with the site"],
		},
		"the site of before is one of another schema": {
			planned: {
				...of("mailserver", {}),
				before: { ...worldOf({}), site: {} as ReturnType<typeof parseSite> },
			},
			findings: ["caution: the objects of HAProxy on the router cannot be compared with those of before"],
		},
	},
	passes: {
		"another stack is planned": of("redis", { mail: { edge: { check: { interval: "4s" } } } }),
		"the description of the site changes": of("mailserver", { description: "Another text" }),
		"what was there before is not known": {
			...of("mailserver", { mail: { edge: { check: { interval: "4s" } } } }),
			before: undefined,
		},
	},
};
