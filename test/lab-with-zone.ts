import { parseSite } from "../config/parse-site.ts";
import type { Site } from "../config/schema/site.ts";
import lab from "../config/sites/lab.ts";
import { labZone } from "../config/sites/lab-zone.ts";
import { mergePatch } from "./merge-patch.ts";

/** What the lab lacks of a zone of its own, as a merge patch. */
export const zone = { network: { public: labZone.public }, dns: labZone.dns, mail: { edge: labZone.edge } };

/** The lab with a zone of its own, and with these virtual hosts changed or added. */
export const labWithZone = (virtualHosts: object): Site =>
	parseSite(mergePatch(mergePatch(lab, zone), { virtualHosts }));
