// What everything else stands on: bytes, text, integers, hashes, errors, the JSON and protobuf
// scanners. No word of the domain (policy, record, signal) belongs here. Its files are imported by
// name, because each stands for itself; its folders have doors of their own.
