// The protobuf wire format without schemas: finds fields by offset, patches them, writes small
// messages. It must not know any message type; those are in the folders of the formats.

export { closeMessage } from "./length.ts";
export {
  FieldCursor,
  joinPayloads,
  tagOf,
  VARINT_BYTES_MAX,
  WireType,
  type WireTypeIndex,
} from "./wire.ts";
export { GROUP_DEPTH_MAX } from "../limits.ts";
export { bytesField, varintSize, writeVarint } from "./write.ts";
