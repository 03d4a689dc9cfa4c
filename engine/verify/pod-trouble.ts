import { foreignText } from "../../world/foreign-text.ts";
import type { ApiPod, ContainerStatus } from "./api-objects.ts";

/** Characters that are shown of what a program said. */
const shown = 300;

/** What a message of the cluster says, on one line. */
export function quoted(message: string | undefined): string {
	const text = foreignText((message ?? "").replaceAll(/\s+/g, " ").trim());
	return text === "" ? "" : `: ${text.length > shown ? `${text.slice(0, shown)}…` : text}`;
}

/** Why a pod is not ready; undefined where it is, has ended well, or is on its way out. */
export function podTrouble({ metadata, status = {} }: ApiPod): string | undefined {
	if (metadata.deletionTimestamp !== undefined || status.phase === "Succeeded") return undefined;
	const condition = (type: string) => status.conditions?.find((one) => one.type === type);
	if (condition("Ready")?.status === "True") return undefined;
	const scheduled = condition("PodScheduled");
	if (scheduled?.status === "False") return `cannot be scheduled${quoted(scheduled.message)}`;
	const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
	const trouble = containers.map(containerTrouble).find((why) => why !== undefined);
	if (trouble !== undefined) return trouble;
	if (status.phase === "Failed")
		return `failed, ${status.reason ?? "no reason given"}${quoted(status.message)}`;
	if (scheduled === undefined && containers.length === 0) return "waits for a node";
	return "starts";
}

const pulls = new Set([
	"ErrImagePull",
	"ImagePullBackOff",
	"InvalidImageName",
	"ErrImageNeverPull",
	"RegistryUnavailable",
]);
/** A container that is only not there yet. */
const starting = new Set(["ContainerCreating", "PodInitializing"]);

function containerTrouble(container: ContainerStatus): string | undefined {
	const { name, image = "", ready, started, restartCount = 0, state = {}, lastState = {} } = container;
	const { waiting, running, terminated } = state;
	const reason = waiting?.reason ?? "";
	if (pulls.has(reason))
		return `image ${image} of ${name} cannot be pulled, ${reason}${quoted(waiting?.message)}`;
	if (reason === "CrashLoopBackOff") {
		const last = lastState.terminated;
		const how = last === undefined ? "" : `, the last time ${ended(last)}`;
		return `${name} crashes again and again, ${restartCount} restarts${how}`;
	}
	if (reason !== "" && !starting.has(reason))
		return `${name} cannot be started, ${reason}${quoted(waiting?.message)}`;
	if (terminated !== undefined && terminated.exitCode !== 0) return `${name} ${ended(terminated)}`;
	if (running === undefined || ready !== false) return undefined;
	// A status does not tell a probe that fails from one that has not answered yet.
	const probe = started === false ? "startup" : "readiness";
	const restarts = restartCount === 0 ? "" : `, ${restartCount} restarts`;
	return `${name} runs, and its ${probe} probe has not passed${restarts}`;
}

function ended({ exitCode, reason }: { readonly exitCode: number; readonly reason?: string }): string {
	return `ended with code ${exitCode}${reason === undefined || reason === "Error" ? "" : `, ${reason}`}`;
}
