import { type Block, stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const mail = "docker.io/mailserver/docker-mailserver:15.0.0";
const container = "spec.template.spec.container[0]";

function pod(image: string, names: readonly string[], parts: Readonly<Record<string, Block>> = {}) {
	const env = names.map((name) => ({ name, value: "1" }));
	return worldOf(stackOf({ kubernetes_deployment_v1: workload({ container: { image, env, ...parts } }) }));
}

export const environmentKnown: RuleCases = {
	allow: {
		"settings of the image and variables of our own": pod(mail, ["ENABLE_SRS", "INFRA_RELAY", "TZ"]),
		"the same image from a cache, with its digest": pod(
			`10.0.20.10:5000/mailserver/docker-mailserver:15.0.0@sha256:${"0".repeat(64)}`,
			["DEFAULT_RELAY_HOST"],
		),
		"the webmail's settings": pod("docker.io/roundcube/roundcubemail:1.6.19-apache", [
			"ROUNDCUBEMAIL_DB_HOST",
		]),
		"any name for an image whose command is ours": pod("docker.io/library/python:3.12.8-alpine", ["MAILBOX"]),
	},
	deny: {
		"a name that the image does not know": denied(
			pod(mail, ["ENABLE_SRS", "CONFIG_DIR", "DMS_DEBUG"]),
			[`${container}.env[1].name`, "container main sets CONFIG_DIR, which the image does not read"],
			[`${container}.env[2].name`, "container main sets DMS_DEBUG, which the image does not read"],
		),
		"a name of ours that the image reads, too": denied(pod(mail, ["RELAY_HOST"]), [
			`${container}.env[0].name`,
			"container main sets RELAY_HOST, which the image reads beside DEFAULT_RELAY_HOST",
		]),
		"a setting of another image": denied(
			pod("docker.io/roundcube/roundcubemail:1.6.19-apache", ["ENABLE_SRS"]),
			[`${container}.env[0].name`, "container main sets ENABLE_SRS, which the image does not read"],
		),
		"a version whose variables nobody has listed": denied(
			pod("docker.io/mailserver/docker-mailserver:15.1.0", ["ENABLE_SRS"]),
			[`${container}.image`, "docker-mailserver:15.1.0 reads of its environment: expected version 15.0.0"],
		),
		"a digest that says no version": denied(
			pod(`docker.io/mailserver/docker-mailserver@sha256:${"0".repeat(64)}`, []),
			[`${container}.image`, "expected version 15.0.0"],
		),
		"variables that come from somewhere else": denied(
			pod(mail, [], { env_from: [{ config_map_ref: { name: "mail" } }] }),
			[`${container}.env_from[0]`, "takes variables by names that nobody sees here"],
		),
	},
};
