// Policy files in protobuf (PolicySet of OpenTelemetry, and policies of our own in it): whatever
// the bytes are, they are read or said to be none, and what is read can be put to work.

import { fromJson, toBinary } from "@bufbuild/protobuf";
import { PolicySetError, readPolicySetSteps } from "../../../../src/policy/wire/index.ts";
import { OtelPolicySetSchema, PolicySchema } from "../../../../src/proto/index.ts";
import { bytesField, tagOf, WireType } from "../../../../src/core/protobuf/index.ts";
import { finish } from "../../../support/steps.ts";
import { testEngine } from "../../../support/engine.ts";
import type { FuzzTarget } from "../../fuzz-target.ts";

const OURS = {
  id: "a",
  name: "n",
  enabled: true,
  log: { match: [{ logField: "LOG_FIELD_BODY", regex: "a+" }], keep: "50%" },
};

export const target: FuzzTarget = {
  get seeds() {
    const ours = toBinary(PolicySchema, fromJson(PolicySchema, OURS));
    const theirs = toBinary(
      OtelPolicySetSchema,
      fromJson(OtelPolicySetSchema, { policies: [{ id: "b", name: "n" }] }),
    );
    const inSet = bytesField(tagOf(1, WireType.bytes), ours);
    return [theirs, inSet, new Uint8Array([...theirs, ...inSet])];
  },
  check(input) {
    try {
      const policies = finish(readPolicySetSteps(input));
      testEngine(policies.filter((policy) => policy.errors.length === 0));
    } catch (error) {
      if (!(error instanceof PolicySetError)) throw error;
      if (error.message === "") throw new Error("an error that says nothing", { cause: error });
    }
  },
};
