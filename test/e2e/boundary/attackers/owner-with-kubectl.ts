import type { Attacker } from "../attack.ts";
import { grants } from "./kubectl/grants.ts";
import { ownNamespace, secrets } from "./kubectl/own-namespace.ts";
import { pods } from "./kubectl/pods.ts";
import { reach } from "./kubectl/reach.ts";
import { traffic } from "./kubectl/traffic.ts";

/** Somebody with rights of `admin` in a namespace, who wants what is another's. */
export const ownerWithKubectl: Attacker = {
	who: "an owner with kubectl",
	attacks: [...secrets, ...ownNamespace, ...pods, ...reach, ...grants, ...traffic],
};
