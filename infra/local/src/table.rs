//! Creates the table as `infra/template.yaml` defines it.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
};

use crate::error::{LocalError, reason};
use crate::template::TableDefinition;

/// How often a new table is checked until it is ready, and the pause between two checks.
const CHECKS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

/// Creates the table, or checks the existing one. Gives back the ARN of its stream.
pub(crate) async fn ensure(client: &Client, name: &str, definition: &TableDefinition) -> Result<String, LocalError> {
    let fault = |reason: String| LocalError::Table { table: name.to_owned(), reason };
    create(client, name, definition).await.map_err(fault)?;
    let table = ready(client, name).await.map_err(fault)?;
    if !has_keys(&table, definition) {
        return Err(fault("a table of this name is there already, with other keys".to_owned()));
    }
    let stream = table.latest_stream_arn.filter(|_| table.stream_specification.is_some_and(|spec| spec.stream_enabled));
    let stream = stream.ok_or_else(|| fault("a table of this name is there already, without a stream".to_owned()))?;
    expire(client, name, &definition.expiry).await.map_err(fault)?;
    Ok(stream)
}

async fn create(client: &Client, name: &str, definition: &TableDefinition) -> Result<(), String> {
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::from(definition.view.as_str()))
        .build()
        .map_err(|error| error.to_string())?;
    let mut request =
        client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest).stream_specification(stream);
    for (attribute, kind) in &definition.attributes {
        let attribute = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::from(kind.as_str()))
            .build();
        request = request.attribute_definitions(attribute.map_err(|error| error.to_string())?);
    }
    for (attribute, part) in &definition.keys {
        let key = KeySchemaElement::builder().attribute_name(attribute).key_type(KeyType::from(part.as_str())).build();
        request = request.key_schema(key.map_err(|error| error.to_string())?);
    }
    match request.send().await {
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => Ok(()),
        Err(error) => Err(reason(&error)),
        Ok(_) => Ok(()),
    }
}

/// Waits until the table can be used.
async fn ready(client: &Client, name: &str) -> Result<TableDescription, String> {
    for _ in 0..CHECKS {
        let answer = client.describe_table().table_name(name).send().await.map_err(|error| reason(&error))?;
        match answer.table {
            Some(table) if table.table_status == Some(TableStatus::Active) => return Ok(table),
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    Err("it does not become ready".to_owned())
}

fn has_keys(table: &TableDescription, definition: &TableDefinition) -> bool {
    let keys = table.key_schema.iter().flatten();
    keys.map(|key| (key.attribute_name.as_str(), key.key_type.as_str()))
        .eq(definition.keys.iter().map(|(attribute, part)| (attribute.as_str(), part.as_str())))
}

/// Turns time to live on, unless it is on: DynamoDB refuses to turn it on twice.
async fn expire(client: &Client, name: &str, attribute: &str) -> Result<(), String> {
    let now = client.describe_time_to_live().table_name(name).send().await.map_err(|error| reason(&error))?;
    let status = now.time_to_live_description.and_then(|description| description.time_to_live_status);
    if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        return Ok(());
    }
    let wanted = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build();
    let wanted = wanted.map_err(|error| error.to_string())?;
    let answer = client.update_time_to_live().table_name(name).time_to_live_specification(wanted).send().await;
    answer.map(|_| ()).map_err(|error| reason(&error))
}
