DROP TABLE api_key_networks;
DROP TABLE imported_secrets;
DROP TABLE imported_clients;
