// The protobuf wire format without schemas: find fields by offset, patch them, write small ones.
// It must not know any message type; those are in the folders of the formats.

export { Patches, PATCH_DEPTH_MAX } from "./patches.ts";
export {
  FieldCursor,
  GROUP_DEPTH_MAX,
  joinPayloads,
  tagOf,
  VARINT_BYTES_MAX,
  WireType,
  type WireTypeIndex,
} from "./wire.ts";
export { bytesField, varintSize, writeVarint } from "./write.ts";
