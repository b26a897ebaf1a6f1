DROP TABLE event_deliveries;
DROP TABLE events;
DROP TABLE webhooks;
