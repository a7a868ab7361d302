# A function with Edge as a layer: the layer is published from a zip that `bun scripts/build.ts lambda`
# writes, through a bucket, and the function sends its telemetry to localhost. See docs/lambda.md.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "layer_zip" {
  description = "Path of tero-edge-arm64.zip or tero-edge-x86_64.zip."
  type        = string
}

variable "architecture" {
  type    = string
  default = "arm64"
}

variable "artifact_bucket" {
  description = "Bucket through which the layer is published."
  type        = string
}

variable "archive_bucket" {
  description = "Bucket in which policies may keep copies of records; empty for none."
  type        = string
  default     = ""
}

variable "upstream_url" {
  description = "Where telemetry goes."
  type        = string
}

variable "policies" {
  description = "A policy file, as a text."
  type        = string
  default     = "{\"policies\": []}"
}

variable "function_zip" {
  type = string
}

variable "handler" {
  type = string
}

variable "runtime" {
  type    = string
  default = "python3.13"
}

resource "aws_s3_object" "layer" {
  bucket      = var.artifact_bucket
  key         = "tero-edge-${var.architecture}-${filesha256(var.layer_zip)}.zip"
  source      = var.layer_zip
  source_hash = filesha256(var.layer_zip)
}

resource "aws_lambda_layer_version" "edge" {
  layer_name               = "tero-edge-${replace(var.architecture, "_", "-")}"
  s3_bucket                = aws_s3_object.layer.bucket
  s3_key                   = aws_s3_object.layer.key
  compatible_architectures = [var.architecture]
}

resource "aws_iam_role" "function" {
  name_prefix = "edge-example-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy" "archive" {
  count = var.archive_bucket == "" ? 0 : 1
  role  = aws_iam_role.function.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "arn:aws:s3:::${var.archive_bucket}/edge/*"
    }]
  })
}

resource "aws_lambda_function" "example" {
  function_name = "edge-example"
  role          = aws_iam_role.function.arn
  filename      = var.function_zip
  handler       = var.handler
  runtime       = var.runtime
  architectures = [var.architecture]
  memory_size   = 256
  timeout       = 30
  layers        = [aws_lambda_layer_version.edge.arn]

  environment {
    variables = merge(
      {
        # What of the function speaks OTLP sends it to Edge.
        OTEL_EXPORTER_OTLP_ENDPOINT = "http://localhost:3000"
        OTEL_EXPORTER_OTLP_PROTOCOL = "http/protobuf"
        TERO_UPSTREAM_URL           = var.upstream_url
        TERO_POLICY_STATIC          = jsonencode(jsondecode(var.policies))
      },
      var.archive_bucket == "" ? {} : {
        TERO_S3_DUMP_ENABLED = "true"
        TERO_S3_DUMP_TARGETS_JSON = jsonencode([
          { name = "archive", bucket = var.archive_bucket, prefix = "edge/" }
        ])
      }
    )
  }
}
