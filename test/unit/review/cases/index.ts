import type { FindingClassId } from "../../../../review/catalogue/index.ts";
import * as apply from "./apply.ts";
import type { ClassCases } from "./class-cases.ts";
import * as data from "./data.ts";
import * as exposed from "./exposure.ts";
import * as outage from "./outage.ts";
import * as outside from "./outside.ts";
import * as state from "./state.ts";

/** A class without cases does not compile. */
export const cases: Readonly<Record<FindingClassId, ClassCases>> = {
	"blast-radius": outage.blastRadius,
	"cannot-apply": apply.cannotApply,
	"config-read-later": outage.configReadLater,
	"data-lost": data.dataLost,
	drifted: state.drifted,
	"empty-volume": data.emptyVolume,
	exposure: exposed.exposure,
	"machine-restarts": outage.machineRestarts,
	"many-changes": apply.manyChanges,
	"name-resolves-elsewhere": outage.nameResolvesElsewhere,
	"not-understood": apply.notUnderstood,
	"outside-terraform": outside.outsideTerraform,
	"plan-failed": apply.planFailed,
	"pods-restart": outage.podsRestart,
	"protection-removed": data.protectionRemoved,
	"provider-warns": apply.providerWarns,
	"release-changes": outage.releaseChanges,
	renamed: state.renamed,
	"secret-rotates": outage.secretRotates,
	"silent-change": outside.silentChange,
	"stack-removed": outside.stackRemoved,
	"state-changes": state.stateChanges,
	"still-referred-to": outage.stillReferredTo,
	"unmanaged-twin": data.unmanagedTwin,
	"version-changes": outage.versionChanges,
};
