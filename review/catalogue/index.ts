import { blastRadius } from "./blast-radius.ts";
import { cannotApply } from "./cannot-apply.ts";
import { configReadLater } from "./config-read-later.ts";
import { dataLost } from "./data-lost.ts";
import { drifted } from "./drifted.ts";
import { emptyVolume } from "./empty-volume.ts";
import { exposure } from "./exposure.ts";
import { fewerVoters } from "./fewer-voters.ts";
import { machineRestarts } from "./machine-restarts.ts";
import { manyChanges } from "./many-changes.ts";
import { nameResolvesElsewhere } from "./name-resolves-elsewhere.ts";
import { notUnderstood } from "./not-understood.ts";
import { outsideTerraform } from "./outside-terraform.ts";
import { planFailed } from "./plan-failed.ts";
import { podsRestart } from "./pods-restart.ts";
import { protectionRemoved } from "./protection-removed.ts";
import { providerWarns } from "./provider-warns.ts";
import { releaseChanges } from "./release-changes.ts";
import { renamed } from "./renamed.ts";
import { secretRotates } from "./secret-rotates.ts";
import { silentChange } from "./silent-change.ts";
import { stackRemoved } from "./stack-removed.ts";
import { stateChanges } from "./state-changes.ts";
import { stillReferredTo } from "./still-referred-to.ts";
import { unmanagedTwin } from "./unmanaged-twin.ts";
import { versionChanges } from "./version-changes.ts";

/** All classes of findings; of one risk the findings of the first come first. */
export const findingClasses = [
	dataLost,
	renamed,
	stackRemoved,
	emptyVolume,
	unmanagedTwin,
	notUnderstood,
	planFailed,
	cannotApply,
	protectionRemoved,
	exposure,
	podsRestart,
	fewerVoters,
	configReadLater,
	machineRestarts,
	releaseChanges,
	nameResolvesElsewhere,
	secretRotates,
	versionChanges,
	stillReferredTo,
	blastRadius,
	outsideTerraform,
	silentChange,
	stateChanges,
	drifted,
	providerWarns,
	manyChanges,
] as const;

/** Ids of all classes. */
export type FindingClassId = (typeof findingClasses)[number]["id"];
