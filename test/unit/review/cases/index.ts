import type { FindingClassId } from "../../../../review/catalogue/index.ts";
import * as apply from "./apply.ts";
import { blastRadius } from "./blast-radius.ts";
import type { ClassCases } from "./class-cases.ts";
import { configReadLater } from "./config-read-later.ts";
import * as data from "./data.ts";
import * as exposed from "./exposure.ts";
import { fewerVoters } from "./fewer-voters.ts";
import { machineRestarts } from "./machine-restarts.ts";
import { nameResolvesElsewhere } from "./name-resolves-elsewhere.ts";
import * as outside from "./outside.ts";
import { podsRestart } from "./pods-restart.ts";
import { releaseChanges } from "./release-changes.ts";
import { secretRotates } from "./secret-rotates.ts";
import * as state from "./state.ts";
import { stillReferredTo } from "./still-referred-to.ts";
import { versionChanges } from "./version-changes.ts";

/** A class without cases does not compile. */
export const cases: Readonly<Record<FindingClassId, ClassCases>> = {
	"blast-radius": blastRadius,
	"cannot-apply": apply.cannotApply,
	"config-read-later": configReadLater,
	"data-lost": data.dataLost,
	drifted: state.drifted,
	"empty-volume": data.emptyVolume,
	exposure: exposed.exposure,
	"fewer-voters": fewerVoters,
	"machine-restarts": machineRestarts,
	"many-changes": apply.manyChanges,
	"name-resolves-elsewhere": nameResolvesElsewhere,
	"not-understood": apply.notUnderstood,
	"outside-terraform": outside.outsideTerraform,
	"plan-failed": apply.planFailed,
	"pods-restart": podsRestart,
	"protection-removed": data.protectionRemoved,
	"provider-warns": apply.providerWarns,
	"release-changes": releaseChanges,
	renamed: state.renamed,
	"secret-rotates": secretRotates,
	"silent-change": outside.silentChange,
	"stack-removed": outside.stackRemoved,
	"state-changes": state.stateChanges,
	"still-referred-to": stillReferredTo,
	"unmanaged-twin": data.unmanagedTwin,
	"version-changes": versionChanges,
};
